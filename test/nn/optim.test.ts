import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { constant, input } from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { l1 } from '../../src-main/nn/losses';
import { adam, adamUpdate, clipNorm, correctedRate, movingAverage } from '../../src-main/nn/optim';

describe('Adam', () => {
  it('is that of its paper, step after step', () => {
    const size = 6;
    const vector = (name: string) => input(name, [size]);
    const update = adamUpdate(
      { weights: vector('weights'), m: vector('m'), v: vector('v') },
      vector('grad'),
      input('rate', []),
    );
    const rng = new Rng(1);
    const start = Float64Array.from({ length: size }, () => rng.normal());
    let state: Float64Array[] = [start, new Float64Array(size), new Float64Array(size)];
    const [weights, m, v] = state.map((values) => [...values]) as [number[], number[], number[]];
    for (let t = 1; t <= 20; t++) {
      const grad = Float64Array.from({ length: size }, (_, i) => (i === 5 ? 0 : rng.normal() * 10 ** -i));
      const feeds = { weights: state[0]!, m: state[1]!, v: state[2]!, grad, rate: [correctedRate(1e-3, t)] };
      state = evaluate([update.weights, update.m, update.v], feeds).map(({ data }) => data);
      grad.forEach((g, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.999 * v[i]! + 0.001 * g * g;
        // Kingma & Ba, end of section 2: the efficient form, its epsilon beside sqrt(v).
        const rate = (1e-3 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
        weights[i]! -= (rate * m[i]) / (Math.sqrt(v[i]) + 1e-8);
      });
    }
    [weights, m, v].forEach((expected, which) => {
      expected.forEach((x, i) => {
        // The constants of the graph are float32.
        expect(Math.abs(state[which]![i]! - x)).toBeLessThan(2e-6 * Math.abs(x) + 1e-12);
      });
    });
    // No gradient, no step.
    expect(state[0]![5]).toBe(start[5]);
  });

  it('moves by about the rate in its first step, whatever the size of the gradient', () => {
    for (const size of [1e-4, 1, 1e4]) {
      const m = (1 - adam.beta1) * size;
      const v = (1 - adam.beta2) * size * size;
      expect((correctedRate(0.01, 1) * m) / Math.sqrt(v)).toBeCloseTo(0.01, 9);
    }
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
