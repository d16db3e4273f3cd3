import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { constant, input } from '../../src-main/graph/build';
import type { Node } from '../../src-main/graph/ops';
import { evaluate } from '../../src-main/graph/evaluate';
import { l1 } from '../../src-main/nn/losses';
import { clipNorm, movingAverage, optimUpdate, orthogonalized } from '../../src-main/nn/optim';
import { ParamLayout, zeros } from '../../src-main/nn/params';

const layoutOf = (...shapes: number[][]): ParamLayout =>
  new ParamLayout(shapes.map((shape, i) => ({ name: `tensor${i}`, shape, init: zeros })));

describe('Adam', () => {
  it('is that of its paper, step after step, but for the bias of m', () => {
    const size = 6;
    const vector = (name: string) => input(name, [size]);
    const update = optimUpdate(
      { weights: vector('weights'), m: vector('m'), v: vector('v'), seen: vector('seen') },
      vector('grad'),
      input('rate', []),
      layoutOf([size]),
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
        const before = { weights, m: first, v: second, seen: share };
        const next = optimUpdate(before, grad, constant([0.01], []), layoutOf([1]));
        const last = w;
        [w, m, v, seen] = evaluate([next.weights, next.m, next.v, next.seen]).map(({ data }) => data[0]!) as [number, number, number, number]; // prettier-ignore
        expect(Math.abs(w - last)).toBeLessThan(0.01 * Math.sqrt(sequence.length));
      }
    });
    fc.assert(property, { seed: 4, numRuns: 50 });
  });
});

describe('Muon', () => {
  /** Random columns [o, k], orthonormal (Gram-Schmidt), as k arrays of o numbers. */
  function orthonormal(rng: Rng, o: number, k: number): number[][] {
    const columns: number[][] = [];
    while (columns.length < k) {
      let x = Array.from({ length: o }, () => rng.normal());
      for (const u of columns) {
        const along = u.reduce((sum, a, i) => sum + a * x[i]!, 0);
        x = x.map((a, i) => a - along * u[i]!);
      }
      const length = Math.hypot(...x);
      columns.push(x.map((a) => a / length));
    }
    return columns;
  }

  it.each([
    ['wide', 4, 18],
    ['high', 12, 5],
    ['square', 6, 6],
  ])('brings all singular values of a %s matrix to about 1 and keeps its singular vectors', (_, o, n) => {
    const property = fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.double({ min: -8, max: 4, noNaN: true }),
      (seed, magnitude) => {
        const rng = new Rng(seed);
        const rank = Math.min(o, n);
        const [us, vs] = [orthonormal(rng, o, rank), orthonormal(rng, n, rank)];
        // From one to a hundredth of the largest.
        const s = us.map((__, k) => 10 ** (magnitude - (2 * k) / rank));
        const at = (i: number, j: number): number =>
          us.reduce((sum, u, k) => sum + u[i]! * s[k]! * vs[k]![j]!, 0);
        const matrix = Array.from({ length: o * n }, (__, index) => at(Math.floor(index / n), index % n));
        const [out] = evaluate([orthogonalized(input('matrix', [1, o, n]))], { matrix });
        const along = (u: number[], v: number[]): number =>
          u.reduce((sum, a, i) => sum + v.reduce((row, b, j) => row + a * out!.data[i * n + j]! * b, 0), 0);
        us.forEach((u, k) => {
          vs.forEach((v, l) => {
            if (k !== l) expect(Math.abs(along(u, v))).toBeLessThan(1e-4);
            else expect(Math.abs(along(u, v) - 0.95)).toBeLessThan(0.3);
          });
        });
      },
    );
    fc.assert(property, { seed: 5, numRuns: 30 });
  });

  it('moves kernels by about the rate, whatever their shape and gradient, and what has none not at all', () => {
    const shapes = [[6, 4, 3, 3], [24, 2, 1, 1], [6, 36], [5, 9, 3], [6, 4, 3, 3], [4, 8]]; // prettier-ignore
    const layout = layoutOf(...shapes, [3, 2, 3, 3]);
    const rng = new Rng(2);
    const grad = Float64Array.from({ length: layout.size }, () => 1e-5 * rng.normal());
    grad.fill(0, layout.specs.at(-1)!.offset);
    const vector = (name: string) => input(name, [layout.size]);
    const before = { weights: vector('none'), m: vector('none'), v: vector('none'), seen: vector('none') };
    const next = optimUpdate(before, vector('grad'), constant([1e-3], []), layout);
    const [weights] = evaluate([next.weights], { none: new Float64Array(layout.size), grad });
    layout.specs.forEach(({ shape, offset }, i) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const step = weights!.data.subarray(offset, offset + size);
      const rms = Math.hypot(...step) / Math.sqrt(size);
      if (i === shapes.length) expect(rms).toBe(0);
      else expect(Math.abs(rms / 1e-3 - 1)).toBeLessThan(0.3);
    });
  });

  it('stops with the gradient, whatever momentum is left', () => {
    const layout = layoutOf([4, 3, 3, 3], [4, 3, 3, 3]);
    const half = layout.size / 2;
    const vector = (name: string) => input(name, [layout.size]);
    const before = { weights: vector('weights'), m: vector('m'), v: vector('v'), seen: vector('seen') };
    const { weights, m, v, seen } = optimUpdate(before, vector('grad'), constant([1e-3], []), layout);
    const rng = new Rng(3);
    let state: Float64Array[] = [0, 1, 2, 3].map(() => new Float64Array(layout.size));
    for (let t = 0; t < 60; t++) {
      // The first kernel learns for 20 steps, the second all the time.
      const grad = Float64Array.from({ length: layout.size }, (_, i) =>
        t < 20 || i >= half ? rng.normal() : 0,
      );
      const feeds = { weights: state[0]!, m: state[1]!, v: state[2]!, seen: state[3]!, grad };
      const next = evaluate([weights, m, v, seen], feeds).map(({ data }) => data);
      const moved = next[0]!.map((w, i) => w - state[0]![i]!);
      const rms = [moved.subarray(0, half), moved.subarray(half)].map(
        (one) => Math.hypot(...one) / Math.sqrt(half),
      );
      if (t < 20) expect(Math.abs(rms[0]! / 1e-3 - 1)).toBeLessThan(0.3);
      else expect(rms[0]).toBe(0);
      expect(Math.abs(rms[1]! / 1e-3 - 1)).toBeLessThan(0.3);
      state = next;
    }
  });

  it('leaves biases, depthwise filters and strengths to Adam', () => {
    const layout = layoutOf([4], [4, 1, 3, 3], [4, 1, 3]);
    const grad = Float64Array.from(
      { length: layout.size },
      (_, i) => (i % 2 === 0 ? 1 : -1) * 10 ** -(i % 5),
    );
    const none = new Float64Array(layout.size);
    const vector = (name: string) => input(name, [layout.size]);
    const before = { weights: vector('none'), m: vector('none'), v: vector('none'), seen: vector('none') };
    const next = optimUpdate(before, vector('grad'), constant([1], []), layout);
    const [weights] = evaluate([next.weights], { none, grad });
    // Its first step: m = g / 10, v / seen = g^2.
    weights!.data.forEach((w, i) => {
      expect(w).toBeCloseTo(-0.1 * Math.sign(grad[i]!), 4);
    });
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
