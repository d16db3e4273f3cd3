import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError } from '../base/errors';
import { refine, type Refined } from '../compress/refine';
import { deviceTable } from '../latency/deviceTable';
import { findDevice } from '../latency/devices';
import { Meter } from '../latency/measure';
import type { PartCosts } from '../latency/penalty';
import { ensureModelFolder, homePath, modelPath } from '../model/library';
import { encodeDeployed } from '../model/network';
import { inherit } from '../search/derive';
import { printGenotype } from '../search/genotype';
import type { Candidates } from '../search/space';
import { parseBudget, type Budget } from '../shared/budget';
import type { SearchConfig } from '../shared/config';
import type { JobContext } from '../shared/progress';
import type { ResultOf } from '../shared/results';
import { loadCheckpoint, saveCheckpoint, type RunKey } from '../train/checkpoint';
import { finishModel } from '../train/finish';
import { planSeconds, planSpace, planSteps } from '../train/plan';
import { RunProgress } from '../train/runProgress';
import { countedClock, timedClock, type RunHooks } from '../train/run';
import { checkPhotos, preparePhotos, type PreparedPhotos } from '../train/runData';
import { predictedRatio, search as searchArchitecture } from '../train/searcher';
import { changeCandidates, initialState, startStage, type TrainState } from '../train/state';
import { tune } from '../train/tuner';
import { validateOnce } from '../train/validate';

/** The options that shape a search: with another value the same --name is another search. */
function keyOf({ photos, scale, budget, photoMp, seed, steps }: SearchConfig): RunKey {
  return {
    photos: photos.map((folder) => resolve(folder)).join('\n'),
    scale,
    budget,
    'photo-mp': photoMp,
    seed,
    steps: steps ?? 'by minutes',
  };
}

const defaultName = ({ scale, budget }: SearchConfig): string =>
  `x${scale} ${budget}`.replaceAll(/[^\p{L}\p{N} ._-]/gu, '-');

/**
 * Searches, trains and refines a network for a budget on this device, and leaves the model file in the library. Resumes
 * the search of that name where there is one with the same options.
 */
export async function search(config: SearchConfig, context: JobContext): Promise<ResultOf<'search'>> {
  const began = performance.now();
  const { scale, seed } = config;
  const device = findDevice(config.device);
  if (config.space !== 'default')
    throw new UserError(
      'The networks of --space paper-x4 can be counted but not searched yet. Leave the option out to search the default space.',
    );
  const name = config.name ?? defaultName(config);
  const folder = join(homePath('searches'), name);
  const checkpointPath = join(folder, 'checkpoint');
  await checkPhotos(config.photos, context.signal);
  if (config.restart) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await ensureModelFolder();

  const progress = new RunProgress(context.onProgress);
  const table = await deviceTable({
    folder: homePath('latency'),
    device: device.id,
    signal: context.signal,
    onProgress: progress.fractions('measuring this device', 0, 0.02),
  });
  const budget = parseBudget(config.budget, scale, table.refMsPerMP, config.photoMp);
  const space = planSpace(scale, budget, table);
  const photos = await preparePhotos(
    config.photos,
    { scale, seed },
    { ...context, onProgress: progress.part(0.02, 0.04) },
  );

  const key = keyOf(config);
  let state = await loadCheckpoint(checkpointPath, key);
  if (!state) {
    const plan =
      config.steps === undefined
        ? planSeconds(config.minutes, (performance.now() - began) / 1000)
        : planSteps(config.steps);
    state = initialState(space, seed, plan);
  }
  const hooks: RunHooks = {
    clock: config.steps === undefined ? timedClock(state.plan) : countedClock(state.plan),
    signal: context.signal,
    onStep: (current, point) => {
      progress.step(current, hooks.clock, budget, point);
    },
    save: (current) => saveCheckpoint(checkpointPath, key, current),
  };
  if (state.stage === 'search')
    await searchAndRefine(state, { config, costs: table, budget, photos, hooks, progress });
  await tune(state, photos.data, hooks);
  await hooks.save(state);
  progress.say('timing and checking the model', 0.97);
  return finishModel(modelPath(name), state, {
    name,
    device,
    config,
    budget,
    photos,
    signal: context.signal,
  });
}

interface SearchParts {
  config: SearchConfig;
  costs: PartCosts;
  budget: Budget;
  photos: PreparedPhotos;
  hooks: RunHooks;
  progress: RunProgress;
}

/** The stage with open choices; at its end `state` holds the refined network, ready to be tuned. */
async function searchAndRefine(state: TrainState, parts: SearchParts): Promise<void> {
  const { config, costs, budget, photos, hooks, progress } = parts;
  const { signal } = hooks;
  // With a fixed number of steps nothing may depend on the clock: the table stands in for it.
  const timed = config.steps === undefined;
  const ratioOf = async (candidates: Candidates): Promise<number> => {
    if (!timed) return predictedRatio(candidates, costs);
    const meter = await Meter.start({ signal, seconds: 3 });
    try {
      return (await meter.measure(encodeDeployed(candidates, state), candidates.scale)).ratio;
    } finally {
      meter.stop();
    }
  };
  await searchArchitecture(
    state,
    photos.data,
    { seed: config.seed, costs, targetRatio: budget.ratio, measure: timed ? ratioOf : undefined },
    hooks,
  );
  progress.say(`found ${printGenotype(state.candidates)}; refining it to the budget`);
  const refined: Refined = await refine(state.candidates, {
    targetRatio: budget.ratio,
    predict: (candidates) => predictedRatio(candidates, costs),
    measure: ratioOf,
    quality: (candidates) => validateOnce(state, candidates, config.seed, photos.data.heldOut),
    signal,
    onTry: (candidates, ratio) => {
      progress.say(`${printGenotype(candidates)}: ${ratio.toFixed(2)} of ${budget.ratio.toFixed(2)}`);
    },
  });
  state.refinement = { found: printGenotype(state.candidates), before: refined.before, after: refined.after };
  changeCandidates(state, refined.candidates, config.seed, inherit);
  startStage(state, 'tune');
  await hooks.save(state);
}
