import type { BatchShape } from '../data/patches';
import { concat, constant, input, reshape } from '../graph/build';
import { gradients } from '../graph/gradients';
import { sizeOf, topological, type Node } from '../graph/ops';
import { l1 } from '../nn/losses';
import { clipNorm, movingAverage, optimUpdate } from '../nn/optim';
import type { ParamLayout, Weights } from '../nn/params';
import { SoftInputs } from '../search/softInputs';
import type { Candidates } from '../search/space';
import { network, type NetworkChoices } from '../search/supernet';

/** Longest gradient that a step follows (METHOD A3). */
const clip = 5;

/** L1 loss of the network on pictures and targets, inputs of these names. */
function lossOn(
  [lr, hr]: readonly [string, string],
  candidates: Candidates,
  weights: Weights,
  choices: NetworkChoices,
  { patch, batch }: BatchShape,
): Node {
  const side = candidates.scale * patch;
  const picture = input(lr, [batch, 3, patch, patch]);
  return l1(network(picture, candidates, weights, choices), input(hr, [batch, 3, side, side]));
}

/**
 * One training step of the weights as graph: forward, backward and optimiser, in one run (METHOD B1).
 * Inputs: `lr`, `hr`, `drawn` (what choices are left), the flat vectors `weights`, `m`, `v`, `seen`, `average`, and the
 * scalars `rate` and `keep` (of the moving average).
 */
export function weightStep(
  candidates: Candidates,
  layout: ParamLayout,
  shape: BatchShape,
): Record<'nextWeights' | 'nextM' | 'nextV' | 'nextSeen' | 'nextAverage' | 'weightLoss', Node> {
  const vector = (name: string): Node => input(name, [layout.size]);
  const flat = vector('weights');
  const { weights, nodes } = layout.slices(flat);
  const { choices } = new SoftInputs(candidates).nodes('drawn');
  const weightLoss = lossOn(['lr', 'hr'], candidates, weights, choices, shape);
  const flattened = gradients(weightLoss, [...nodes.values()]).map((g) => reshape(g, [sizeOf(g.shape)]));
  const grad = clipNorm(concat(flattened, 0), clip);
  const before = { weights: flat, m: vector('m'), v: vector('v'), seen: vector('seen') };
  const update = optimUpdate(before, grad, input('rate', []), layout);
  return {
    nextWeights: update.weights,
    nextM: update.m,
    nextV: update.v,
    nextSeen: update.seen,
    nextAverage: movingAverage(vector('average'), update.weights, input('keep', [])),
    weightLoss,
  };
}

/**
 * The gradient of the open choices as graph, in the order of {@link SoftInputs}. Inputs: `choiceLr`, `choiceHr`, `choices`
 * and the flat vector `weights`. Choices are updated by the caller, in double precision.
 */
export function choiceStep(
  candidates: Candidates,
  layout: ParamLayout,
  shape: BatchShape,
): Record<'choiceLoss' | 'choiceGradient', Node> {
  const { weights } = layout.slices(input('weights', [layout.size]));
  const { leaves, choices } = new SoftInputs(candidates).nodes('choices');
  const choiceLoss = lossOn(['choiceLr', 'choiceHr'], candidates, weights, choices, shape);
  return { choiceLoss, choiceGradient: gradientOfLeaves(choiceLoss, leaves) };
}

/** Gradients of all leaves in one vector; a leaf that nothing depends on any more (a width nobody uses) gets zeros. */
function gradientOfLeaves(loss: Node, leaves: readonly Node[]): Node {
  const used = new Set(topological([loss]));
  const live = leaves.filter((leaf) => used.has(leaf));
  const grads = new Map(gradients(loss, live).map((grad, i) => [live[i]!, grad]));
  const none = (leaf: Node): Node => constant(new Float32Array(sizeOf(leaf.shape)), leaf.shape);
  return concat(leaves.map((leaf) => grads.get(leaf) ?? none(leaf)), 0); // prettier-ignore
}
