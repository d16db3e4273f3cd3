import type { BatchShape } from '../data/patches';
import type { StepProbes, Probe } from '../latency/selfTest';
import { layoutOf } from '../model/network';
import { initialChoices, relax } from '../search/choices';
import { SoftInputs } from '../search/softInputs';
import { plainNet, type Candidates } from '../search/space';
import { weightStep } from './step';

/** What a first training step is fed where only its cost or its arithmetic is asked for. */
export function stepFeeds(
  candidates: Candidates,
  { patch, batch }: BatchShape,
): Record<string, Float32Array> {
  const layout = layoutOf(candidates);
  const weights = layout.initial(1);
  const pixels = 3 * patch ** 2 * batch;
  const wave = (length: number): Float32Array =>
    Float32Array.from({ length }, (_, i) => 0.5 + 0.4 * Math.sin(i));
  return {
    lr: wave(pixels),
    hr: wave(pixels * candidates.scale ** 2),
    drawn: new SoftInputs(candidates).feed(relax(initialChoices(candidates, 1), 0)),
    weights,
    m: new Float32Array(layout.size),
    v: new Float32Array(layout.size),
    seen: new Float32Array(layout.size),
    average: weights,
    rate: Float32Array.of(1e-3),
    keep: Float32Array.of(0.99),
  };
}

/** The steps that a device must master before it is trusted to train. */
export const stepProbes = (): StepProbes => ({
  exact: stepProbe(plainNet(2, 8, 1), { patch: 8, batch: 1 }),
  timed: stepProbe(plainNet(2, 32, 3), { patch: 32, batch: 8 }),
});

function stepProbe(candidates: Candidates, shape: BatchShape): Probe {
  const { weightLoss, nextM, nextWeights } = weightStep(candidates, layoutOf(candidates), shape);
  // The first moment begins at zero: after the first step it is the gradient, in smaller units. The weights are there for
  // the time that the optimiser takes; Muon makes more of small errors than a device can be blamed for.
  const outputs = { loss: weightLoss, gradients: nextM, nextWeights };
  return { outputs, feeds: stepFeeds(candidates, shape) };
}
