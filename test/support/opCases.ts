import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import * as g from '../../src-main/graph/build';
import type { Node, ComputedOp } from '../../src-main/graph/ops';
import type { Example } from './gradcheck';
import {
  tfConv,
  tfDepthToSpace,
  tfDepthwise,
  tfDetach,
  tfExtreme,
  tfMatmul,
  tfPad,
  tfPadEdge,
  type Pads,
} from './tfjs';

type Shape = readonly number[];
type Case = fc.Arbitrary<Example>;

const dim = fc.integer({ min: 1, max: 4 });
const shape = (minRank: number, maxRank = 4) => fc.array(dim, { minLength: minRank, maxLength: maxRank });

/** A shape that broadcasts to `full`: axes shrunk to 1, leading ones left out. */
const thinner = (full: Shape): fc.Arbitrary<Shape> =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }), fc.nat(full.length))
    .map(([keep, lead]) => full.map((d, i) => (keep[i] ? d : 1)).slice(lead));

const broadcasting = shape(0).chain((full) => fc.tuple(thinner(full), thinner(full)));

const unary = (build: (x: Node) => Node, theirs: (x: tf.Tensor) => tf.Tensor, positive = false): Case =>
  shape(0).map((s) => ({ shapes: [s], build: ([x]) => build(x!), tf: ([x]) => theirs(x!), positive }));

const binary = (
  build: (a: Node, b: Node) => Node,
  theirs: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  positive = false,
): Case =>
  broadcasting.map((shapes) => ({
    shapes,
    build: ([a, b]) => build(a!, b!),
    tf: ([a, b]) => theirs(a!, b!),
    positive,
  }));

/** Pads of a k x k kernel: "same", none, or each side on its own. */
const pads = (k: number): fc.Arbitrary<Pads | undefined> => {
  const side = fc.nat(k - 1);
  return fc.oneof(
    fc.constant(undefined),
    fc.constant([0, 0, 0, 0] as const),
    fc.tuple(side, side, side, side),
  );
};

const conv = (k: number, kind: 'dense' | 'depthwise', bias: boolean): Case =>
  fc
    .record({ n: fc.integer({ min: 1, max: 2 }), c: dim, o: dim, h: dim, w: dim, around: pads(k) })
    .map(({ n, c, o, h, w, around }) => {
      // One channel alone would be dense; without "same" padding the picture must hold the kernel.
      const channels = kind === 'depthwise' ? Math.max(2, c) : c;
      const grown = around ? k - 1 : 0;
      const out = kind === 'depthwise' ? channels : o;
      const kernel = kind === 'depthwise' ? [channels, 1, k, k] : [out, channels, k, k];
      const half = (k - 1) / 2;
      const theirs = kind === 'depthwise' ? tfDepthwise : tfConv;
      return {
        shapes: [[n, channels, h + grown, w + grown], kernel, ...(bias ? [[out]] : [])],
        build: ([x, weight, b]) => g.conv(x!, weight!, b, around),
        tf: ([x, weight, b]) => theirs(x!, weight!, b, around ?? [half, half, half, half]),
      };
    });

/** Matrices with batch axes that broadcast, transposed as asked. */
const matrices = (transA: boolean, transB: boolean) =>
  fc.record({ lead: fc.oneof(shape(0, 2)), m: dim, k: dim, n: dim }).chain(({ lead, m, k, n }) =>
    fc.tuple(thinner(lead), thinner(lead)).map(([a, b]) => [
      [...a, ...(transA ? [k, m] : [m, k])],
      [...b, ...(transB ? [n, k] : [k, n])],
    ]),
  );

const fusedMatmul = (transA: boolean, transB: boolean): Case =>
  matrices(transA, transB).map((shapes) => ({
    shapes,
    build: ([a, b]) => g.fusedMatmul(a!, b!, transA, transB),
    tf: ([a, b]) => tfMatmul(a!, b!, transA, transB),
  }));

const permutation = shape(1).chain((s) =>
  fc.tuple(fc.constant(s), fc.shuffledSubarray([...s.keys()], { minLength: s.length })),
);

/** A shape with axes to act on and, for each, a start and an end inside. */
const windows = shape(1).chain((s) =>
  fc.tuple(
    fc.constant(s),
    fc.subarray([...s.keys()], { minLength: 1 }),
    fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 4, maxLength: 4 }),
  ),
);

const slice: Case = windows.map(([s, axes, ends]) => {
  const [from, to] = [s.map(() => 0), [...s]];
  for (const axis of axes) {
    const [a, b] = ends[axis]!.map((x) => x % s[axis]!) as [number, number];
    [from[axis], to[axis]] = [Math.min(a, b), Math.max(a, b) + 1];
  }
  const attrs = {
    axes,
    starts: axes.map((a) => from[a]!),
    ends: axes.map((a) => to[a]!),
    steps: axes.map(() => 1),
  };
  return {
    shapes: [s],
    build: ([x]) => g.make('Slice', [x!], attrs),
    tf: ([x]) =>
      tf.slice(
        x!,
        from,
        to.map((end, i) => end - from[i]!),
      ),
  };
});

const depthToSpace: Case = fc.tuple(dim, dim, dim, dim, fc.constantFrom(2, 3, 4)).map(([n, c, h, w, b]) => ({
  shapes: [[n, Math.min(c, 2) * b ** 2, h, w]],
  build: ([x]) => g.depthToSpace(x!, b),
  tf: ([x]) => tfDepthToSpace(x!, b),
}));

const padding = (
  build: (x: Node, pads: Pads) => Node,
  theirs: (x: tf.Tensor, pads: Pads) => tf.Tensor,
): Case =>
  fc.tuple(shape(2), fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)).map(([s, ...around]) => ({
    shapes: [s],
    build: ([x]) => build(x!, around),
    tf: ([x]) => theirs(x!, around),
  }));

/** A constant pattern of true and false that broadcasts against what stands beside it. */
const pattern = (s: Shape): Float32Array =>
  Float32Array.from({ length: s.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 7) % 3) - 1);

/** Random cases of every op; an op without a case does not compile. */
export const opCases: { [O in ComputedOp]: Record<string, Case> } = {
  Add: { broadcast: binary(g.add, tf.add) },
  Sub: { broadcast: binary(g.sub, tf.sub) },
  Mul: { broadcast: binary(g.mul, tf.mul) },
  Div: { broadcast: binary(g.div, tf.div, true) },
  Max: { broadcast: binary(g.max, (a, b) => tfExtreme(tf.maximum, a, b)) },
  Min: { broadcast: binary(g.min, (a, b) => tfExtreme(tf.minimum, a, b)) },
  Abs: { any: unary(g.abs, tf.abs) },
  Sqrt: { positive: unary(g.sqrt, tf.sqrt, true) },
  Relu: { any: unary(g.relu, tf.relu) },
  Greater: {
    'in a condition': binary(
      (a, b) => g.where(g.greater(a, b), g.mul(a, 2), g.mul(b, 3)),
      (a, b) => tf.where(tf.greater(tfDetach(a), tfDetach(b)), tf.mul(a, 2), tf.mul(b, 3)),
    ),
  },
  Where: {
    broadcast: shape(0)
      .chain((full) => fc.tuple(thinner(full), thinner(full), thinner(full)))
      .map(([condition, a, b]) => ({
        shapes: [a, b],
        build: ([x, y]) => g.where(g.greater(g.constant(pattern(condition), condition), 0), x!, y!),
        tf: ([x, y]) => tf.where(tf.greater(tf.tensor(pattern(condition), [...condition]), 0), x!, y!),
      })),
  },
  Conv: {
    'dense 1x1': conv(1, 'dense', false),
    'dense 1x1 with bias': conv(1, 'dense', true),
    'dense 3x3': conv(3, 'dense', false),
    'dense 3x3 with bias': conv(3, 'dense', true),
    'dense 5x5': conv(5, 'dense', false),
    'dense 5x5 with bias': conv(5, 'dense', true),
    'depthwise 3x3': conv(3, 'depthwise', false),
    'depthwise 3x3 with bias': conv(3, 'depthwise', true),
    'depthwise 5x5': conv(5, 'depthwise', false),
    'depthwise 5x5 with bias': conv(5, 'depthwise', true),
  },
  MatMul: {
    batches: matrices(false, false).map((shapes) => ({
      shapes,
      build: ([a, b]) => g.matmul(a!, b!),
      tf: ([a, b]) => tfMatmul(a!, b!),
    })),
  },
  FusedMatMul: {
    'a b': fusedMatmul(false, false),
    'aT b': fusedMatmul(true, false),
    'a bT': fusedMatmul(false, true),
    'aT bT': fusedMatmul(true, true),
  },
  Transpose: {
    any: permutation.map(([s, perm]) => ({
      shapes: [s],
      build: ([x]) => g.transpose(x!, perm),
      tf: ([x]) => tf.transpose(x!, perm),
    })),
  },
  Reshape: {
    any: permutation.map(([s, perm]) => {
      const to = perm.map((axis) => s[axis]!);
      return { shapes: [s], build: ([x]) => g.reshape(x!, to), tf: ([x]) => tf.reshape(x!, to) };
    }),
  },
  Expand: {
    broadcast: shape(0).chain((full) =>
      thinner(full).map((thin) => ({
        shapes: [thin],
        build: ([x]) => g.expand(x!, full),
        tf: ([x]) => tf.broadcastTo(x!, full),
      })),
    ),
  },
  Slice: {
    parts: slice,
    'turned pictures': shape(2).map((s) => ({
      shapes: [s],
      build: ([x]) => g.flip(x!),
      tf: ([x]) => tf.reverse(x!, [s.length - 2, s.length - 1]),
    })),
  },
  Concat: {
    'up to three': fc
      .tuple(shape(1), fc.nat(3), fc.array(dim, { minLength: 1, maxLength: 3 }))
      .map(([s, a, sizes]) => {
        const axis = a % s.length;
        return {
          shapes: sizes.map((size) => s.map((d, i) => (i === axis ? size : d))),
          build: (xs) => g.concat(xs, axis),
          tf: (xs) => tf.concat([...xs], axis),
        };
      }),
  },
  Pad: {
    zeros: padding((x, pads) => g.pad(x, pads), tfPad),
    'repeated edges': padding((x, pads) => g.pad(x, pads, 'edge'), tfPadEdge),
  },
  ReduceSum: {
    'some axes': fc
      .tuple(shape(0), fc.boolean())
      .chain(([s, keep]) => fc.tuple(fc.constant(s), fc.constant(keep), fc.subarray([...s.keys()])))
      .map(([s, keep, axes]) => ({
        shapes: [s],
        build: ([x]) => g.reduceSum(x!, axes, keep),
        tf: ([x]) => tf.sum(x!, axes, keep),
      })),
  },
  DepthToSpace: { 'pixel shuffle': depthToSpace },
};
