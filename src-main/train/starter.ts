import type { BatchShape } from '../data/patches';
import { layoutOf } from '../model/network';
import { drawSandwich } from '../search/sandwich';
import { allCandidates, denseCandidates, starterSpace } from '../search/space';
import type { Scale } from '../shared/modelCard';
import type { RunData, RunHooks } from './run';
import { SharingStepper, type Turns } from './sharing';
import {
  freshState,
  growCandidates,
  inheritedState,
  startStage,
  type Trained,
  type TrainState,
} from './state';
import { trainWeights, tuneSettings, type Recipe } from './tuner';
import { validateOnce } from './validate';

/**
 * A run that trains all networks of the starter's space together, from the weights that there are, be they of another scale
 * (as Lim et al. began x4 with x2, CVPR workshops 2017). Where there are none it begins, for half of the time, with one
 * operation everywhere: that is trained fast, and all others then start from it.
 */
export function starterState(
  scale: Scale,
  from: Trained | undefined,
  seed: number,
  seconds: number,
): TrainState {
  const space = starterSpace(scale);
  if (from)
    return inheritedState(rescaled(from, scale, seed), allCandidates(space), seed, {
      search: 0,
      tune: seconds,
    });
  const plan = { search: seconds / 2, tune: seconds / 2 };
  return { ...freshState(denseCandidates(space), seed, plan), stage: 'search' };
}

/**
 * The weights with fresh ones at the ends, where another scale has another number of channels. Decibels of another scale
 * belong to no curve of this one.
 */
function rescaled(from: Trained, scale: Scale, seed: number): Trained {
  if (from.candidates.scale === scale) return from;
  const candidates = { ...from.candidates, scale };
  const [known, layout] = [layoutOf(from.candidates), layoutOf(candidates)];
  const weights = layout.initial(seed);
  for (const spec of layout.specs) {
    const source = known.get(spec.name);
    if (source?.shape.join() === spec.shape.join())
      layout.view(weights, spec).set(known.view(from.weights, source));
  }
  return { candidates, weights, ...(from.training && { training: { ...from.training, curve: [] } }) };
}

export const starterSettings = {
  shape: { ...tuneSettings.shape, batch: 8 } satisfies BatchShape,
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
      await trainWeights(state, data, hooks, { ...starterSettings, until: 1, step, psnr });
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
