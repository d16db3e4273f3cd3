import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { constant, input } from '../../src-main/graph/build';
import type { Node } from '../../src-main/graph/ops';
import { evaluate } from '../../src-main/graph/evaluate';
import { l1 } from '../../src-main/nn/losses';
import { adamUpdate, clipNorm, movingAverage } from '../../src-main/nn/optim';

describe('Adam', () => {
  it('is that of its paper, step after step, but for the bias of m', () => {
    const size = 6;
    const vector = (name: string) => input(name, [size]);
    const update = adamUpdate(
      { weights: vector('weights'), m: vector('m'), v: vector('v'), seen: vector('seen') },
      vector('grad'),
      input('rate', []),
    );
    const rng = new Rng(1);
    const start = Float64Array.from({ length: size }, () => rng.normal());
    let state: Float64Array[] = [start, ...[1, 2, 3].map(() => new Float64Array(size))];
    const [weights, m, v] = state.map((values) => [...values]) as [number[], number[], number[], number[]];
    for (let t = 1; t <= 20; t++) {
      const grad = Float64Array.from({ length: size }, (_, i) => (i === 5 ? 0 : rng.normal() * 10 ** -i));
      const feeds = { weights: state[0]!, m: state[1]!, v: state[2]!, seen: state[3]!, grad, rate: [1e-3] };
      state = evaluate([update.weights, update.m, update.v, update.seen], feeds).map(({ data }) => data);
      grad.forEach((g, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.999 * v[i]! + 0.001 * g * g;
        // Kingma & Ba 2015, algorithm 1.
        weights[i]! -= (1e-3 * m[i]) / (Math.sqrt(v[i] / (1 - 0.999 ** t)) + 1e-8);
      });
    }
    [weights, m, v].forEach((expected, which) => {
      expected.forEach((x, i) => {
        // The constants of the graph are float32: beside 0.999 even 1 - beta2 is rounded.
        expect(Math.abs(state[which]![i]! - x)).toBeLessThan(2e-5 * Math.abs(x) + 1e-12);
      });
    });
    // No gradient, no step.
    expect(state[0]![5]).toBe(start[5]);
  });

  it('never moves a weight by much more than the rate, new among old ones or not', () => {
    const gradients = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), {
      minLength: 1,
      maxLength: 30,
    });
    const property = fc.property(gradients, (sequence) => {
      let [w, m, v, seen] = [0, 0, 0, 0];
      for (const g of sequence) {
        const nodes = [w, m, v, seen, g].map((x) => constant([x], [1])) as [Node, Node, Node, Node, Node];
        const [weights, first, second, share, grad] = nodes;
        const next = adamUpdate({ weights, m: first, v: second, seen: share }, grad, constant([0.01], []));
        const before = w;
        [w, m, v, seen] = evaluate([next.weights, next.m, next.v, next.seen]).map(({ data }) => data[0]!) as [number, number, number, number]; // prettier-ignore
        expect(Math.abs(w - before)).toBeLessThan(0.01 * Math.sqrt(sequence.length));
      }
    });
    fc.assert(property, { seed: 4, numRuns: 50 });
  });
});

describe('clipping', () => {
  const clipped = (values: readonly number[], limit: number): Float64Array =>
    evaluate([clipNorm(input('grad', [values.length]), limit)], { grad: values })[0]!.data;

  it('shortens a long gradient to the limit and leaves a short one alone', () => {
    const property = fc.property(
      fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 8 }),
      fc.constantFrom(0.5, 5, 50),
      (grad, limit) => {
        const length = Math.hypot(...grad);
        const out = clipped(grad, limit);
        expect(Math.hypot(...out)).toBeLessThanOrEqual(limit * (1 + 1e-6));
        const factor = length > limit ? limit / length : 1;
        out.forEach((g, i) => {
          expect(g).toBeCloseTo(grad[i]! * factor, 6);
        });
      },
    );
    fc.assert(property, { seed: 3 });
  });

  it('of no gradient is no gradient', () => {
    expect([...clipped([0, 0], 5)]).toEqual([0, 0]);
  });
});

it('the moving average keeps its share of the old', () => {
  const [average] = evaluate([
    movingAverage(constant([1, 2], [2]), constant([3, 6], [2]), constant([0.75], [])),
  ]);
  expect([...average!.data]).toEqual([1.5, 3]);
});

it('the loss is the mean absolute error', () => {
  const [loss] = evaluate([l1(constant([1, -2, 3, 0], [2, 2]), constant([0, 0, 3, 5], [2, 2]))]);
  expect(loss!.data[0]).toBe(2);
  expect(loss!.shape).toEqual([]);
});
