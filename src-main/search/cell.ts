import { add, concat, constant, conv, mul, relu, reshape, sub } from '../graph/build';
import type { Node } from '../graph/ops';
import {
  addKernels,
  apply,
  convKernel,
  denseOf,
  edgeKernel,
  identityKernel,
  scaleOutputs,
  separable,
  widen,
  type Kernel,
} from '../nn/layers';
import { type Weights } from '../nn/params';
import { expansion, largest, type CandidateOp, type CellCandidates } from './space';

/**
 * The soft choices as graph inputs. `undefined` stands for a choice already made, which then costs nothing.
 * Masks are vectors over channels, probabilities have shape [1].
 */
export interface SoftChoices {
  op(cell: number, position: number, candidate: CandidateOp): Node | undefined;
  trunkMask: Node | undefined;
  innerMask(cell: number): Node | undefined;
}

/** One mixed position. `cin` channels come in, `cout` go out (`width` of them from candidates other than identity). */
interface Position {
  name: string;
  ops: readonly CandidateOp[];
  alpha: (candidate: CandidateOp) => Node | undefined;
  cin: number;
  cout: number;
  width: number;
  /** Soft mask of the incoming channels; an inverted residual is as wide inside as its input is. */
  inMask: Node | undefined;
  outMask: Node | undefined;
  /** Soft mask [cout] of what an identity passes on: inner channels beyond the trunk's width must not leak into it. */
  passMask: Node | undefined;
  /** Hidden channels of the edge-oriented block's wide branch: fixed, since they vanish when it is deployed. */
  mid: number;
  /** Starting gain: a residual branch starts small. */
  gain: number;
  /** Whether its input is added to what comes out. */
  isResidual: boolean;
}

const weighted = (kernel: Kernel, factor: Node | undefined): Kernel =>
  factor ? scaleOutputs(kernel, factor) : kernel;

/**
 * Weighted sum of a position's candidates before its ReLU. Everything linear with one 3x3 support (conv3x3, the
 * edge-oriented block, separable 3x3, identity) is summed in weight space and convolved once:
 * sum_k alpha_k (W_k * x) = (sum_k alpha_k W_k) * x. So five branches cost one convolution, and d/d alpha is an inner
 * product of kernels, not of pictures. A residual hides in that convolution as well: x + W * x = (1 + W) * x.
 */
function mixedOp(x: Node, weights: Weights, position: Position): Node {
  const { name, ops, cin, cout, width, mid, gain, isResidual, alpha, outMask, passMask } = position;
  const has = (op: CandidateOp): boolean => ops.includes(op);
  const masked = (kernel: Kernel): Kernel => widen(weighted(kernel, outMask), cout);
  const parts: Node[] = [];

  const dense: Kernel[] = [];
  const convName = `${name}.conv3x3`;
  if (has('conv3x3'))
    dense.push(weighted(convKernel(weights, convName, [width, cin, 3], gain), alpha('conv3x3')));
  if (has('edgeConv3x3')) {
    const kernel = edgeKernel(weights, `${name}.edgeConv3x3`, [width, cin, mid], gain);
    dense.push(weighted(kernel, alpha('edgeConv3x3')));
  }
  if (has('sep3x3')) {
    const layer = separable(weights, `${name}.sep3x3`, [width, cin, 3], gain);
    if (dense.length > 0) dense.push(weighted(denseOf(layer), alpha('sep3x3')));
    else parts.push(apply(conv(x, layer.depthwise), masked(weighted(layer.pointwise, alpha('sep3x3')))));
  }
  if (dense.length > 0) {
    const { kernel, bias } = masked(dense.reduce(addKernels));
    const passed: Node[] = [];
    if (has('identity')) passed.push(scaledIdentity([cout, cin, 3], alpha('identity'), passMask));
    if (isResidual) passed.push(identityKernel(cout, cin, 3));
    parts.push(conv(x, passed.reduce(add, kernel), bias));
  } else {
    if (has('identity')) parts.push(passOn(x, [cout, cin], alpha('identity'), passMask));
    if (isResidual) parts.push(x);
  }
  if (has('sep5x5')) {
    const layer = separable(weights, `${name}.sep5x5`, [width, cin, 5], gain);
    parts.push(apply(conv(x, layer.depthwise), masked(weighted(layer.pointwise, alpha('sep5x5')))));
  }
  if (has('invertedResidual')) parts.push(invertedResidual(x, weights, position, masked));
  return parts.reduce(add);
}

/** 1x1 up, ReLU, depthwise 3x3, ReLU, 1x1 down. Two hidden channels an input channel, side by side, so that they nest. */
function invertedResidual(
  x: Node,
  weights: Weights,
  { name, cin, width, inMask, alpha, gain }: Position,
  masked: (kernel: Kernel) => Kernel,
): Node {
  const hidden = expansion * cin;
  const path = `${name}.invertedResidual`;
  const up = convKernel(weights, `${path}.up`, [hidden, cin, 1]);
  const pairs =
    inMask && reshape(concat(Array<Node>(expansion).fill(reshape(inMask, [cin, 1])), 1), [hidden]);
  const middle = convKernel(weights, `${path}.depthwise`, [hidden, 1, 3]);
  const down = convKernel(weights, `${path}.down`, [width, hidden, 1], gain);
  const inside = relu(apply(relu(apply(x, up)), weighted(middle, pairs)));
  return apply(inside, masked(weighted(down, alpha('invertedResidual'))));
}

/** The identity as a kernel, its outputs scaled by the factors that there are: a vector [cout] or one number [1]. */
function scaledIdentity(
  [cout, cin, k]: readonly [number, number, number],
  ...factors: readonly (Node | undefined)[]
): Node {
  return factors.reduce<Node>(
    (kernel, factor) => (factor ? mul(kernel, reshape(factor, [factor.shape[0]!, 1, 1, 1])) : kernel),
    identityKernel(cout, cin, k),
  );
}

/** Identity without a convolution to hide in; a change of width makes it a 1x1 convolution. */
function passOn(
  x: Node,
  [cout, cin]: readonly [number, number],
  ...factors: readonly (Node | undefined)[]
): Node {
  if (cout !== cin) return conv(x, scaledIdentity([cout, cin, 1], ...factors));
  return factors.reduce<Node>(
    (y, factor) => (factor ? mul(y, reshape(factor, [1, factor.shape[0]!, 1, 1])) : y),
    x,
  );
}

/** Channels behind the first position: identity carries the trunk's, all other candidates the inner width. */
export function middleWidth({ inner, ops }: CellCandidates, trunk: number): number {
  const carries = ops[0]!.includes('identity');
  if (!carries) return largest(inner);
  return ops[0]!.length === 1 ? trunk : Math.max(trunk, largest(inner));
}

/**
 * One cell: y = ReLU(x + mix_2(ReLU(mix_1(x)))), trunk width in and out. The trunk is never negative, so an identity
 * behind a ReLU is exactly the identity.
 */
export function cell(
  x: Node,
  weights: Weights,
  index: number,
  candidates: CellCandidates,
  soft: SoftChoices,
  sizes: { trunk: number; mid: number },
): Node {
  const { trunk, mid } = sizes;
  const middle = middleWidth(candidates, trunk);
  const inner = largest(candidates.inner);
  const at = (position: number) => ({
    name: `cell${index}.${position}`,
    ops: candidates.ops[position]!,
    alpha: (op: CandidateOp) => soft.op(index, position, op),
    mid,
  });
  const innerMask = soft.innerMask(index);
  // What only passes the trunk on is no position: the other one sees the trunk itself.
  const isAlone = candidates.ops[0]!.every((op) => op === 'identity');
  const first = mixedOp(x, weights, {
    ...at(0),
    cin: trunk,
    cout: middle,
    width: inner,
    inMask: soft.trunkMask,
    outMask: innerMask,
    passMask: undefined,
    gain: 1,
    isResidual: false,
  });
  const second = mixedOp(relu(first), weights, {
    ...at(1),
    cin: middle,
    cout: trunk,
    width: trunk,
    inMask: middleMask(candidates, soft, index, { trunk, inner, middle }),
    outMask: soft.trunkMask,
    passMask: soft.trunkMask,
    gain: 0.5,
    isResidual: isAlone,
  });
  return relu(isAlone ? second : add(x, second));
}

/** Expected mask behind the first position: the trunk's where identity is taken, the inner one otherwise. */
function middleMask(
  { ops }: CellCandidates,
  soft: SoftChoices,
  index: number,
  { trunk, inner, middle }: { trunk: number; inner: number; middle: number },
): Node | undefined {
  const full = (mask: Node | undefined, size: number): Node => {
    const own = mask ?? constant(new Float32Array(size).fill(1), [size]);
    return size === middle
      ? own
      : concat([own, constant(new Float32Array(middle - size), [middle - size])], 0);
  };
  const innerMask = soft.innerMask(index);
  if (!ops[0]!.includes('identity')) return innerMask;
  if (ops[0]!.length === 1) return soft.trunkMask;
  const passed = soft.op(index, 0, 'identity')!;
  return add(mul(full(soft.trunkMask, trunk), passed), mul(full(innerMask, inner), sub(1, passed)));
}
