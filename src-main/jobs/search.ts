import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError } from '../base/errors';
import { findNetwork } from '../compress/findNetwork';
import type { RefineOptions } from '../compress/refine';
import { deviceTable } from '../latency/deviceTable';
import type { Device } from '../latency/devices';
import { measureRatio } from '../latency/measure';
import { LatencyTable } from '../latency/table';
import { isTableOf } from '../latency/tableFile';
import { ensureModelFolder, homePath, modelPath } from '../model/library';
import { encodeDeployed } from '../model/network';
import { refuseStockName } from '../model/ownModels';
import { plainNet } from '../search/space';
import { parseBudget } from '../shared/budget';
import type { SearchConfig } from '../shared/config';
import type { JobContext } from '../shared/progress';
import type { ResultOf } from '../shared/results';
import { chooseDevice } from '../train/chooseDevice';
import { loadCheckpoint, saveCheckpoint, type RunKey } from '../train/checkpoint';
import { finishModel } from '../train/finish';
import { extendPlan, finishingPlan, planSeconds, planSpace, planSteps } from '../train/plan';
import { Preview } from '../train/preview';
import { RunProgress } from '../train/runProgress';
import { countedClock, timedClock, type Clock, type RunHooks } from '../train/run';
import { checkPhotos, preparePhotos } from '../train/runData';
import { freshState, initialState, retarget, type Aim, type TrainState } from '../train/state';
import { findStarter } from '../train/starterFile';
import { teachByStock } from '../train/teacher';
import { checkReplaced } from '../train/takenName';
import { tune, tuneSettings, type Tuning } from '../train/tuner';
import { bicubicPsnr } from '../train/validate';

/** The options that shape a search: with another value the same --name is another search. */
function keyOf({ photos, scale, budget, photoMp, seed, steps, fromScratch }: SearchConfig): RunKey {
  return {
    photos: photos.map((folder) => resolve(folder)).join('\n'),
    scale,
    budget,
    'photo-mp': photoMp,
    seed,
    steps: steps ?? 'by minutes',
    'from-scratch': fromScratch,
  };
}

const ofThatName = { what: 'The search of that --name', orElse: ', or another --name' };

const defaultName = ({ scale, budget }: SearchConfig): string =>
  `x${scale} ${budget}`.replaceAll(/[^\p{L}\p{N} ._-]/gu, '-');

/**
 * Searches, trains and refines a network for a budget on this device, and leaves the model file in the library. Resumes
 * the search of that name where there is one with the same options; with `finish` it ends that search at once.
 */
export async function search(config: SearchConfig, context: JobContext): Promise<ResultOf<'search'>> {
  const began = performance.now();
  const { scale, seed } = config;
  const device = await chooseDevice(config.device, 'search', context);
  const { provider } = device;
  if (config.space !== 'default')
    throw new UserError(
      'The networks of --space paper-x4 can be counted but not searched yet. Leave the option out to search the default space.',
    );
  const name = config.name ?? defaultName(config);
  await refuseStockName(name);
  const key = keyOf(config);
  const folder = join(homePath('searches'), name);
  const checkpointPath = join(folder, 'checkpoint');
  await checkPhotos(config.photos, context.signal);
  // A place that cannot be written to is told now, not when there is something to keep.
  if (!config.finish) await mkdir(folder, { recursive: true });
  await ensureModelFolder();
  const resumed = config.restart ? undefined : await loadCheckpoint(checkpointPath, key, ofThatName);
  if (config.finish && !resumed)
    throw new UserError(
      `There is no search "${name}" to finish. Leave out --finish to begin it, or choose another --name.`,
    );
  const replaces = await checkReplaced(name, { restart: config.restart, resumed });

  const progress = new RunProgress(context.onProgress);
  const kept = resumed?.aim && isTableOf(resumed.aim.table, device) ? resumed.aim : undefined;
  const aim = kept ?? (await takeAim(config, device, context.signal, progress));
  if (resumed && !kept) {
    retarget(resumed, aim);
    const what = resumed.stage === 'search' ? 'the budget is kept' : 'the network that was found is trained';
    progress.enter('looking at the photos', `${what} on ${device.name} from here on`, 0.02);
  }
  const costs = new LatencyTable(aim.table);
  const space = planSpace(scale, aim.budget, costs);
  const photos = await preparePhotos(
    config.photos,
    { scale, seed },
    { ...context, onProgress: progress.part(0.02, 0.04) },
  );
  const timed = config.steps === undefined;
  const plan = timed
    ? planSeconds(config.minutes, (performance.now() - began) / 1000)
    : planSteps(config.steps!);
  const isCold = config.fromScratch || resumed?.isWarm === false;
  const starter = isCold ? undefined : await findStarter(scale);
  const state: TrainState = resumed ?? { ...initialState(space, seed, plan, starter), aim };
  if (resumed && timed && !config.finish) extendPlan(state.plan, aim, config.minutes);

  // Not before everything has been checked: a mistake must not cost the search that is there.
  if (config.restart) {
    if (replaces !== undefined) state.replaces = replaces;
    await saveCheckpoint(checkpointPath, key, state);
  }
  const hooks: RunHooks = {
    provider,
    clock: clockOf(state, config),
    signal: context.signal,
    onStep: async (current, point) => {
      progress.step(current, hooks.clock, aim.budget, point && (await preview.at(current, point)));
    },
    save: (current) => saveCheckpoint(checkpointPath, key, current),
    say: (message) => {
      progress.say(message);
    },
  };
  const bicubicOnCrops = await bicubicPsnr(photos.data.heldOut, scale);
  progress.figures({ budget: aim.budget.ratio, bicubicOnCrops });
  const preview = await Preview.open(folder, photos, provider);
  try {
    if (state.stage === 'search')
      await findNetwork(state, {
        device,
        timed,
        seed,
        costs,
        budget: aim.budget,
        photos,
        hooks,
        progress,
        refineSeconds: refineSeconds(state, config),
        starter,
      });
    // A finished model has no use for it.
    if (timed && starter && !config.finish && !state.isFinished)
      await teachByStock(state, photos, { ...hooks, onProgress: progress.part(0.31, 0.34) });
    await tune(state, photos.data, hooks, tuningOf(state, config));
  } finally {
    await preview.dispose();
  }
  await hooks.save(state);
  progress.enter('timing and checking the model', 'on photos that it has never seen', 0.97);
  const { signal } = context;
  // What was to be repeated exactly, or to do without what others learned, stays as it is.
  const mayKeepStock = timed && starter !== undefined;
  const finish = { name, device, config, budget: aim.budget, photos, bicubicOnCrops, mayKeepStock, signal };
  return finishModel(modelPath(name), state, finish);
}

/** Turns the budget into a ratio on this device, once, when a search begins (METHOD B3). */
async function takeAim(
  config: SearchConfig,
  device: Device,
  signal: AbortSignal,
  progress: RunProgress,
): Promise<Aim> {
  const { scale, steps, minutes } = config;
  const { provider } = device;
  const table = await deviceTable({
    folder: homePath('latency'),
    device,
    signal,
    onProgress: progress.fractions('measuring this device', 0, 0.02),
  });
  let { refMsPerMP } = table;
  // An absolute budget means today's milliseconds; a fixed number of steps allows for no clock.
  if (parseBudget(config.budget, scale).ratio === undefined && steps === undefined) {
    const some = freshState(plainNet(scale, 8, 1), 1, { search: 0, tune: 0 });
    ({ refMsPerMP } = await measureRatio(encodeDeployed(some.candidates, some), { scale, provider, signal }));
  }
  return {
    budget: parseBudget(config.budget, scale, refMsPerMP, config.photoMp),
    table: table.data,
    minutes,
  };
}

/** Minutes or steps, as asked for; the few steps of finishing take what time they need. */
function clockOf(state: TrainState, { finish, steps }: SearchConfig): Clock {
  if (finish) return countedClock(finishingPlan(state, tuneSettings.settle.steps));
  return steps === undefined ? timedClock(state.plan) : countedClock(state.plan);
}

function tuningOf({ isFinished }: TrainState, { finish }: SearchConfig): Tuning {
  if (finish) return tuneSettings.settle;
  return isFinished ? tuneSettings.finished : tuneSettings.fresh;
}

/** The part of the whole time that judging networks, or a descent, may take, and seconds that a descent needs. */
const judgingShare = 0.08;
const leastDescent = 15;

/**
 * No judging where the search is to end at once; no clock where it is to be repeated exactly. Each descent is of eight
 * timings at most, which a short search has no time for.
 */
function refineSeconds({ plan }: TrainState, { finish, steps }: SearchConfig): RefineOptions['seconds'] {
  const share = steps === undefined ? judgingShare * (plan.search + plan.tune) : Infinity;
  return { judging: finish ? 0 : share, descent: Math.max(leastDescent, share) };
}
