import { concat, constant, input, reshape } from '../graph/build';
import { gradients } from '../graph/gradients';
import { sizeOf, topological, type Node } from '../graph/ops';
import { l1 } from '../nn/losses';
import { adamUpdate, clipNorm, movingAverage } from '../nn/optim';
import type { ParamLayout } from '../nn/params';
import { SoftInputs } from '../search/softInputs';
import type { Candidates } from '../search/space';
import { network, type NetworkChoices } from '../search/supernet';

/** Sizes of a training step's batches, in patches of `patch` x `patch` LR pixels. */
export interface StepShape {
  patch: number;
  /** Patches for the weights. */
  weightBatch: number;
  /** Patches, from the other half of the photos, for the open choices; 0 where the choices rest. */
  choiceBatch: number;
}

export type StepOutput =
  'nextWeights' | 'nextM' | 'nextV' | 'nextAverage' | 'weightLoss' | 'choiceLoss' | 'choiceGradient';

/** Longest gradient that a step follows (METHOD A3). */
const clip = 5;

/**
 * One training step as graph: forward, backward and Adam, in one run (METHOD B1).
 * Inputs: `lr`, `hr` (weight half), `choiceLr`, `choiceHr` (choice half), `drawn` and `choices`
 * (what the two halves are run with: drawn widths, expected ones), the flat vectors `weights`, `m`,
 * `v`, `average`, and the scalars `rate` (bias-corrected) and `keep` (of the moving average).
 * The weights learn from one half of the photos; the gradient of the choices is taken on the other, at the weights
 * that this step starts from. Choices are updated by the caller, in double precision.
 */
export function stepGraph(
  candidates: Candidates,
  layout: ParamLayout,
  { patch, weightBatch, choiceBatch }: StepShape,
): Partial<Record<StepOutput, Node>> {
  const { scale } = candidates;
  const vector = (name: string): Node => input(name, [layout.size]);
  const flat = vector('weights');
  const { weights, nodes } = layout.slices(flat);
  const soft = new SoftInputs(candidates);
  const { leaves, choices: open } = soft.nodes('choices');
  const { choices: drawn } = soft.nodes('drawn');
  const lossOn = (lr: string, hr: string, batch: number, choices: NetworkChoices): Node => {
    const picture = input(lr, [batch, 3, patch, patch]);
    const target = input(hr, [batch, 3, scale * patch, scale * patch]);
    return l1(network(picture, candidates, weights, choices), target);
  };

  const weightLoss = lossOn('lr', 'hr', weightBatch, drawn);
  const flattened = gradients(weightLoss, [...nodes.values()]).map((g) => reshape(g, [sizeOf(g.shape)]));
  const grad = clipNorm(concat(flattened, 0), clip);
  const update = adamUpdate({ weights: flat, m: vector('m'), v: vector('v') }, grad, input('rate', []));
  const training = {
    nextWeights: update.weights,
    nextM: update.m,
    nextV: update.v,
    nextAverage: movingAverage(vector('average'), update.weights, input('keep', [])),
    weightLoss,
  };
  if (soft.size === 0 || choiceBatch === 0) return training;

  const choiceLoss = lossOn('choiceLr', 'choiceHr', choiceBatch, open);
  return { ...training, choiceLoss, choiceGradient: gradientOfLeaves(choiceLoss, leaves) };
}

/** Gradients of all leaves in one vector; a leaf that nothing depends on any more (a width nobody uses) gets zeros. */
function gradientOfLeaves(loss: Node, leaves: readonly Node[]): Node {
  const used = new Set(topological([loss]));
  const live = leaves.filter((leaf) => used.has(leaf));
  const grads = new Map(gradients(loss, live).map((grad, i) => [live[i]!, grad]));
  const none = (leaf: Node): Node => constant(new Float32Array(sizeOf(leaf.shape)), leaf.shape);
  return concat(leaves.map((leaf) => grads.get(leaf) ?? none(leaf)), 0); // prettier-ignore
}
