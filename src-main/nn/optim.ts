import { add, div, min, mul, reduceSum, sqrt, sub } from '../graph/build';
import type { Node } from '../graph/ops';

/** Adam (Kingma & Ba 2015) with these constants for weights. */
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * Part of the rate in step t (from 1) of a stage: it rises over the first steps. Adam moves every weight by about the whole
 * rate from its first steps on, which would push many channels below zero for good before the network has learned anything.
 */
export const warmUp = (t: number): number => Math.min(1, t / warmUpSteps);
const warmUpSteps = 200;

export interface AdamState {
  weights: Node;
  m: Node;
  v: Node;
  /** How much of `v` is gradients: 1 - beta2^t for a weight that has made t steps. */
  seen: Node;
}

/**
 * One update as graph: all vectors [n], `rate` a scalar node. Bias is corrected weight by weight, since weights are born,
 * drawn and taken over at different steps of a run: v / (1 - beta2^t) as in the paper. That of m is left out: it would only
 * make the first ten steps of a weight as large as the others.
 */
export function adamUpdate({ weights, m, v, seen }: AdamState, grad: Node, rate: Node): AdamState {
  const { beta1, beta2, epsilon } = adam;
  const m1 = add(mul(m, beta1), mul(grad, 1 - beta1));
  const v1 = add(mul(v, beta2), mul(mul(grad, grad), 1 - beta2));
  const seen1 = add(mul(seen, beta2), 1 - beta2);
  const step = div(mul(m1, rate), add(sqrt(div(v1, seen1)), epsilon));
  return { weights: sub(weights, step), m: m1, v: v1, seen: seen1 };
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
