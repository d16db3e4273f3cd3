import {
  add,
  concat,
  constant,
  div,
  fusedMatmul,
  matmul,
  min,
  mul,
  reduceSum,
  reshape,
  slice,
  sqrt,
  sub,
  swapLast,
} from '../graph/build';
import { sizeOf, type Node } from '../graph/ops';
import type { ParamLayout, ParamSpec } from './params';

/** Adam (Kingma & Ba 2015) with these constants; Muon's momentum is its first. */
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * Part of the rate in step t (from 1) of a stage: it rises over the first steps. Weights move by about the whole rate from
 * their first steps on, which would push many channels below zero for good before the network has learned anything.
 */
export const warmUp = (t: number): number => Math.min(1, t / warmUpSteps);
const warmUpSteps = 200;

export interface OptimState {
  weights: Node;
  m: Node;
  v: Node;
  /** How much of `v` is gradients: 1 - beta2^t for a weight that has made t steps. */
  seen: Node;
}

/**
 * One update as graph: all vectors [n], in the order of `layout`, `rate` a scalar node. Tensors that mix channels move by
 * Muon, all others by Adam.
 */
export function optimUpdate(
  { weights, m, v, seen }: OptimState,
  grad: Node,
  rate: Node,
  layout: ParamLayout,
): OptimState {
  const { beta1, beta2, epsilon } = adam;
  const m1 = add(mul(m, beta1), mul(grad, 1 - beta1));
  const v1 = add(mul(v, beta2), mul(mul(grad, grad), 1 - beta2));
  const seen1 = add(mul(seen, beta2), 1 - beta2);
  // Bias is corrected weight by weight, since weights are born, drawn and taken over at different steps of a run:
  // v / (1 - beta2^t) as in the paper. That of m is left out: it would only make the first ten steps as large as the others.
  const adamStep = div(m1, add(sqrt(div(v1, seen1)), epsilon));
  const ahead = add(mul(m1, beta1), mul(grad, 1 - beta1));
  const muon = muonSteps(ahead, grad, layout);
  const steps = layout.specs.map((spec) => muon.get(spec) ?? piece(adamStep, spec));
  return { weights: sub(weights, mul(concat(steps, 0), rate)), m: m1, v: v1, seen: seen1 };
}

const piece = (flat: Node, { offset, shape }: ParamSpec): Node =>
  slice(flat, 0, offset, offset + sizeOf(shape));

/** Convolutions from all channels to all, as kernels or as factors of kernels; not biases, depthwise filters, strengths. */
const mixesChannels = (shape: readonly number[]): boolean =>
  shape.length > 1 && shape[0] !== 1 && shape[1] !== 1;

/**
 * The steps of all tensors that mix channels, each [o, n] as a matrix, by Muon (Jordan et al. 2024): their momentum, looked
 * ahead by Nesterov, with all singular values brought to about 1, so that rare directions are learned as fast as common
 * ones; scaled such that weights move by the rate in the root mean square, as Adam's largest do (Liu et al. 2025, "Muon is
 * scalable for LLM training", arXiv 2502.16982, with 1 for their 0.2). Matrices of one size are computed together:
 * a program of few large nodes is compiled and run faster.
 */
function muonSteps(momentum: Node, grad: Node, layout: ParamLayout): Map<ParamSpec, Node> {
  const bySize = new Map<string, ParamSpec[]>();
  for (const spec of layout.specs.filter(({ shape }) => mixesChannels(shape))) {
    const size = matrixSize(spec).join();
    bySize.set(size, [...(bySize.get(size) ?? []), spec]);
  }
  const steps = new Map<ParamSpec, Node>();
  for (const specs of bySize.values()) {
    const [o, n] = matrixSize(specs[0]!);
    const matrices = (vector: Node): Node =>
      reshape(concat(specs.map((spec) => piece(vector, spec)), 0), [specs.length, o, n]); // prettier-ignore
    const ahead = matrices(momentum);
    const part = mul(stillLearning(ahead, matrices(grad)), Math.sqrt(Math.max(o, n)));
    const flat = reshape(mul(orthogonalized(ahead), part), [specs.length * o * n]);
    specs.forEach((spec, i) => steps.set(spec, slice(flat, 0, i * o * n, (i + 1) * o * n)));
  }
  return steps;
}

/**
 * 1 for matrices whose gradient is not far below their momentum, 0 for those without any. Momentum fades, but steps are as
 * long whatever it is: a kernel whose channels no longer fire would follow what it was told last for hundreds of steps.
 */
const stillLearning = (momentum: Node, grad: Node): Node =>
  min(div(mul(lengthOf(grad), 10), add(lengthOf(momentum), nearZero)), 1);

/** Of matrices [batch, o, n], as [batch, 1, 1]. */
const lengthOf = (matrices: Node): Node => sqrt(reduceSum(mul(matrices, matrices), [1, 2], true));
const nearZero = 1e-12;

const matrixSize = ({ shape }: ParamSpec): [number, number] => [shape[0]!, sizeOf(shape.slice(1))];

/**
 * U V^T of matrices U S V^T [batch, o, n], near enough: five steps of a quintic Newton-Schulz iteration bring all singular
 * values that are not tiny beside the largest to 0.68..1.13 (constants and their derivation: Jordan et al. 2024). Zeros stay
 * zeros.
 */
export function orthogonalized(matrices: Node): Node {
  const [, o, n] = matrices.shape as [number, number, number];
  if (o > n) return swapLast(orthogonalized(swapLast(matrices)));
  const diagonal = (value: number): Node =>
    constant(
      Float32Array.from({ length: o * o }, (_, i) => (i % (o + 1) === 0 ? value : 0)),
      [1, o, o],
    );
  const [a, b] = [diagonal(3.4445), diagonal(-4.775)];
  let x = div(matrices, add(lengthOf(matrices), nearZero));
  for (let i = 0; i < 5; i++) {
    // (a I + (b I + c G) G) X with G = X X^T
    const gram = fusedMatmul(x, x, false, true);
    x = matmul(add(a, matmul(add(b, mul(gram, 2.0315)), gram)), x);
  }
  return x;
}

/** The gradient [n], shortened to length `limit` where it is longer (METHOD A3: clip 5). */
export function clipNorm(grad: Node, limit: number): Node {
  const length = sqrt(add(reduceSum(mul(grad, grad), [0], true), 1e-20));
  return mul(grad, min(div(limit, length), 1));
}

/** Exponential moving average of the weights: what is validated and kept. */
export function movingAverage(average: Node, weights: Node, keep: Node): Node {
  return add(weights, mul(sub(average, weights), keep));
}
