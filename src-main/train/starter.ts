import { drawSandwich } from '../search/sandwich';
import { allCandidates, denseCandidates, starterSpace } from '../search/space';
import type { Scale } from '../shared/modelCard';
import type { RunData, RunHooks } from './run';
import type { StepShape } from './step';
import { SharingStepper, type Turns } from './sharing';
import { freshState, growCandidates, inheritedState, startStage, type TrainState } from './state';
import { trainWeights, tuneSettings, type Recipe } from './tuner';
import { validateOnce } from './validate';
import type { TrainedWeights } from './weightsFile';

/**
 * A run that trains all networks of the starter's space together, from the weights that there are. Where there are none it
 * begins, for half of the time, with one operation everywhere: that is trained fast, and all others then start from it.
 */
export function starterState(
  scale: Scale,
  from: TrainedWeights | undefined,
  seed: number,
  seconds: number,
): TrainState {
  const space = starterSpace(scale);
  if (from) return inheritedState(from, allCandidates(space), seed, { search: 0, tune: seconds });
  const plan = { search: seconds / 2, tune: seconds / 2 };
  return { ...freshState(denseCandidates(space), seed, plan), stage: 'search' };
}

export const starterSettings = {
  shape: { ...tuneSettings.shape, batch: 8 } satisfies StepShape,
  turns: { networks: 16, steps: 64 } satisfies Turns,
  rate: 7e-4,
  /** Each weight is averaged over the steps of its own networks only, which are fewer. */
  keep: 0.995,
};

/** The curve is the mean over one network of each kind of the sandwich rule, the same ones each time. */
const shown = [0, 1, 2, 3];

/** Trains the supernet with the sandwich rule over exits, operations and widths. */
export async function trainStarter(
  state: TrainState,
  data: RunData,
  seed: number,
  hooks: RunHooks,
): Promise<void> {
  const psnr = async (now: TrainState): Promise<number> => {
    const { provider } = hooks;
    const { heldOut } = data;
    let sum = 0;
    for (const n of shown)
      sum += await validateOnce(now, drawSandwich(now.candidates, 0, n), { seed, heldOut, provider });
    return sum / shown.length;
  };
  const trainAll = async (): Promise<void> => {
    const stepper = new SharingStepper(
      starterSettings.shape,
      starterSettings.turns,
      (n) => drawSandwich(state.candidates, seed, n),
      hooks,
    );
    try {
      const step: Recipe['step'] = (now, batch, rates) => stepper.step(now, batch, rates);
      await trainWeights(state, data, hooks, { ...starterSettings, step, psnr });
    } finally {
      await stepper.dispose();
    }
  };
  if (state.stage === 'search') {
    await trainAll();
    growCandidates(state, allCandidates(starterSpace(state.candidates.scale)), seed);
    startStage(state, 'tune');
    await hooks.save(state);
  }
  await trainAll();
}
