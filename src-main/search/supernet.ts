import { add, conv, depthToSpace, mul, relu, reshape } from '../graph/build';
import type { Node } from '../graph/ops';
import { apply, convKernel, scaleOutputs, upsampledSkip } from '../nn/layers';
import type { Weights } from '../nn/params';
import { cell, type SoftChoices } from './cell';
import { largest, type Candidates } from './space';

/** The soft choices of a whole network. */
export interface NetworkChoices extends SoftChoices {
  /** Coefficient [1] of feature j (0 = stem, j = behind cell j) in the tail's input; undefined = not used; 1 = plainly. */
  mix(feature: number): Node | 1 | undefined;
}

/** Hidden channels of edge-oriented blocks: one number for all spaces, since they vanish when a block is folded. */
export const edgeHidden = 64;

/**
 * The network, from the widest supernet to a finished net with nothing left to choose:
 * stem 3x3 + ReLU, cells, mean of the chosen features, 3x3 tail to 3 s^2 channels, plus the upsampled input, pixel shuffle.
 * x [n, 3, h, w] RGB 0..1 -> [n, 3, s h, s w].
 */
export function network(x: Node, candidates: Candidates, weights: Weights, choices: NetworkChoices): Node {
  const { scale } = candidates;
  const trunk = largest(candidates.trunk);
  const masked = choices.trunkMask;
  const stem = convKernel(weights, 'stem', [trunk, 3, 3]);
  const features = [relu(apply(x, masked ? scaleOutputs(stem, masked) : stem))];
  candidates.cells.forEach((candidate, i) => {
    features.push(cell(features[i]!, weights, i, candidate, choices, { trunk, mid: edgeHidden }));
  });
  const factors = features.map((_, j) => choices.mix(j));
  const read = features.flatMap((feature, j) => {
    const factor = factors[j];
    if (factor === undefined) return [];
    return [factor === 1 ? feature : mul(feature, reshape(factor, [1, 1, 1, 1]))];
  });
  // A tail that starts small leaves the bicubic of the skip path as the starting point.
  const tail = convKernel(weights, 'tail', [3 * scale ** 2, trunk, 3], 0.01);
  // It reads the mean of two features that were chosen; a factor of its kernel costs nothing.
  const isMean = factors.includes(1) && read.length > 1;
  const kernel = isMean ? mul(tail.kernel, 1 / read.length) : tail.kernel;
  const residual = conv(read.reduce(add), kernel, tail.bias);
  return depthToSpace(add(residual, upsampledSkip(x, weights, scale)), scale);
}
