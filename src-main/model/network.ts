import { input } from '../graph/build';
import { countNetwork } from '../graph/count';
import { simplify } from '../graph/simplify';
import type { Node } from '../graph/ops';
import { ParamLayout } from '../nn/params';
import { encodeModel } from '../onnx/encode';
import { inherit } from '../search/derive';
import { SoftInputs } from '../search/softInputs';
import { isDecided, type Candidates, type CandidateOp } from '../search/space';
import { network } from '../search/supernet';

/**
 * The finished network as it is deployed: weights are constants, so that simplification folds every branch that was
 * only there for training (edge-oriented blocks become one conv3x3 each). Input "lr" [1, 3, h, w].
 */
export function deployed(
  candidates: Candidates,
  layout: ParamLayout,
  weights: Float32Array,
  [h, w]: readonly [number | string, number | string] = ['h', 'w'],
): Node {
  if (!isDecided(candidates)) throw new Error('Expected a network with nothing left to choose');
  const { choices } = new SoftInputs(candidates).nodes();
  const output = network(input('lr', [1, 3, h, w]), candidates, layout.constants(weights), choices);
  return simplify({ sr: output }).sr;
}

/** The weights that a network with these candidates needs. */
export function layoutOf(candidates: Candidates): ParamLayout {
  const { choices } = new SoftInputs(candidates).nodes();
  return ParamLayout.declare((weights) => network(input('lr', [1, 3, 8, 8]), candidates, weights, choices));
}

/** Pixels around a pixel that one candidate can see. */
const reachOfOp: Record<CandidateOp, number> = {
  identity: 0,
  conv3x3: 1,
  sep3x3: 1,
  sep5x5: 2,
  invertedResidual: 1,
  edgeConv3x3: 1,
};

/** Receptive radius in LR pixels: the smallest overlap of tiles without seams. The skip path sees two. */
export function receptiveRadius({ cells, exits }: Candidates): number {
  const ops = cells.slice(0, exits[0]).flatMap((cell) => cell.ops.map(([op]) => reachOfOp[op!]));
  return Math.max(2, 1 + ops.reduce((a, b) => a + b, 0) + 1);
}

/** Parameters and multiply-accumulates per output pixel of the deployed network. */
export function sizeOfNetwork(output: (h: number, w: number) => Node): {
  params: number;
  macsPerPixel: number;
} {
  const { params, macs, outputPixels } = countNetwork(output(16, 16));
  return { params, macsPerPixel: macs / outputPixels };
}

/** Model bytes of a network with the weights that it inherits from a run, for timing it. */
export function encodeDeployed(
  candidates: Candidates,
  state: { candidates: Candidates; average: Float32Array },
): Uint8Array {
  const [from, to] = [layoutOf(state.candidates), layoutOf(candidates)];
  const weights = inherit(from, state.average, to, to.initial(1));
  return encodeModel({ sr: deployed(candidates, to, weights) });
}

/**
 * Multiply-accumulates per output pixel of a network with nothing left to choose: those of {@link deployed}, without folding
 * any weights for it, since growing a network asks this of thousands.
 */
export function macsPerPixel(candidates: Candidates): number {
  const { choices } = new SoftInputs(candidates).nodes();
  return sizeOfNetwork((h, w) => network(input('lr', [1, 3, h, w]), candidates, input, choices)).macsPerPixel;
}
