import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { version } from '../../package.json';
import { UserError } from '../base/errors';
import type { Device } from '../latency/devices';
import { findModel, homePath, modelPath, weightsPath } from '../model/library';
import { openModel, openNetwork, readModelFile, writeModelFile } from '../model/modelFile';
import { deployed, encodeDeployed, layoutOf } from '../model/network';
import { heldOutQuality } from '../model/quality';
import { compareWithStock } from '../model/stockModel';
import type { Provider } from '../runtime/session';
import type { TrainConfig } from '../shared/config';
import type { Scale } from '../shared/modelCard';
import type { JobContext } from '../shared/progress';
import type { ResultOf, StoredModel } from '../shared/results';
import { chooseDevice } from '../train/chooseDevice';
import { loadCheckpoint, saveCheckpoint, type RunKey } from '../train/checkpoint';
import { timedClock, type RunHooks } from '../train/run';
import { checkPhotos, preparePhotos, type PreparedPhotos } from '../train/runData';
import { RunProgress } from '../train/runProgress';
import { sampleNetworks } from '../train/samples';
import { starterState, trainStarter } from '../train/starter';
import { findStarter, ownStarterPath } from '../train/starterFile';
import { inheritedState, type TrainState } from '../train/state';
import { teach } from '../train/teacher';
import { tune, tuneSettings } from '../train/tuner';
import { readWeights, trainingOf, writeWeights } from '../train/weightsFile';

/**
 * Trains a found model, or the starter supernet that searches begin with, further: for minutes or days. The same command
 * resumes what was interrupted.
 */
export async function train(config: TrainConfig, context: JobContext): Promise<ResultOf<'train'>> {
  const device = await chooseDevice(config.device, 'training', context);
  await checkPhotos(config.photos, context.signal);
  return config.model === 'starter'
    ? trainTheStarter(config, device, context)
    : trainModel(config, device, context);
}

async function trainTheStarter(
  config: TrainConfig,
  { provider }: Device,
  context: JobContext,
): Promise<ResultOf<'train'>> {
  const { scale, seed, minutes } = config;
  const out = resolve(config.out ?? ownStarterPath(scale));
  const from = existsSync(out)
    ? await readWeights(out)
    : ((await findStarter(scale)) ?? (await findStarter(2)));
  const { state, photos, progress, done } = await run(
    `starter x${scale}`,
    { ...config, scale, out, provider },
    context,
    {
      begin: () => starterState(scale, from, seed, 60 * minutes),
      work: (now, { data }, hooks) => trainStarter(now, data, seed, hooks),
    },
  );
  const { candidates, average: weights } = state;
  const samples = await sampleNetworks(
    state,
    { seed, heldOut: photos.data.heldOut, provider },
    {
      signal: context.signal,
      onProgress: progress.part(0.96, 1),
    },
  );
  const training = trainingOf(state, photos);
  await writeWeights(out, { candidates, training, samples, weights });
  await done();
  return { model: out, psnr: state.history.at(-1)!.psnr, steps: state.step, seconds: state.seconds };
}

async function trainModel(
  config: TrainConfig,
  device: Device,
  context: JobContext,
): Promise<ResultOf<'train'>> {
  const { provider } = device;
  const { seed, minutes } = config;
  const { path, card } = await findModel(config.model);
  if (!existsSync(weightsPath(path)))
    throw new UserError(
      `${card.name} cannot be trained further: ${weightsPath(path)} is not there. Search a model of your own instead.`,
    );
  const from = await readWeights(weightsPath(path));
  const { scale, receptiveRadius: radius } = card;
  const name = card.kind === 'stock' ? `${card.name} trained` : card.name;
  const out = resolve(config.out ?? modelPath(name));
  const { state, photos, done } = await run(card.name, { ...config, scale, out, provider }, context, {
    begin: () => inheritedState(from, from.candidates, seed, { search: 0, tune: 60 * minutes }),
    work: (now, { data }, hooks) => tune(now, data, hooks, tuneSettings.further),
  });
  const { candidates, average: weights } = state;
  const quality = async (model: string, bytes: Uint8Array) => {
    const net = await openNetwork(model, bytes, { provider });
    try {
      return await heldOutQuality(photos.cache, photos.heldOut, { scale, radius, ...net }, context.signal);
    } finally {
      await net.dispose();
    }
  };
  const before = await quality(path, (await readModelFile(path)).bytes);
  const after = await quality(out, encodeDeployed(candidates, state));
  const better = after.model > before.model;
  if (better) {
    const training = trainingOf(state, photos);
    const counts = { train: photos.train.length, heldOut: photos.heldOut.length };
    const created = new Date().toISOString();
    // The network's own, without those of what it began with.
    const [steps, seconds] = [card.steps + state.step, card.seconds + state.seconds];
    const said = { name, kind: 'tailored', photos: counts, steps, seconds, version, created } as const;
    const { rival: _, ...known } = card;
    const speed = { scale, ratio: card.ratio, device };
    const { stock, rival } = await compareWithStock(speed, photos, context.signal);
    await writeWeights(weightsPath(out), { candidates, training, weights });
    await writeModelFile(out, deployed(candidates, layoutOf(candidates), weights), {
      ...known,
      ...said,
      psnr: { ...after, stock },
      ...(rival && { rival }),
    });
  }
  await done();
  const { step: steps, seconds } = state;
  return { model: out, psnr: after.model, psnrBefore: before.model, better, steps, seconds };
}

const phase = 'training the model';

interface Work {
  begin: () => TrainState;
  work: (state: TrainState, photos: PreparedPhotos, hooks: RunHooks) => Promise<void>;
}

/** Trains until the minutes are over, from the checkpoint of the same command where there is one. */
async function run(
  subject: string,
  {
    photos: folders,
    scale,
    seed,
    minutes,
    out,
    restart,
    teacher: teacherName,
    provider,
  }: TrainConfig & { out: string; provider: Provider },
  context: JobContext,
  { begin, work }: Work,
): Promise<{ state: TrainState; photos: PreparedPhotos; progress: RunProgress; done: () => Promise<void> }> {
  const teacher = teacherName === undefined ? undefined : await findTeacher(teacherName, scale);
  const checkpoint = join(homePath('training'), subject, 'checkpoint');
  await mkdir(dirname(checkpoint), { recursive: true });
  await mkdir(dirname(out), { recursive: true });
  const key: RunKey = {
    photos: folders.map((folder) => resolve(folder)).join('\n'),
    scale,
    seed,
    minutes,
    out,
    teacher: teacher?.path ?? 'none',
  };
  if (restart) await rm(checkpoint, { force: true });
  const state = (await loadCheckpoint(checkpoint, key, { what: `The training of ${subject}` })) ?? begin();
  const progress = new RunProgress(context.onProgress, { search: phase, tune: phase });
  const photos = await preparePhotos(
    folders,
    { scale, seed },
    { ...context, onProgress: progress.part(0, 0.02) },
  );
  if (teacher) {
    if (!photos.cache.holdsAll())
      throw new UserError(
        `${photos.cache.photos.length} photos are too many to keep what a teacher makes of them. Name fewer --photos, or leave out --teacher.`,
      );
    const net = await openModel(teacher.path, { provider });
    await teach(photos, net, { ...context, onProgress: progress.part(0.02, 0.04) }).finally(() =>
      net.dispose(),
    );
  }
  const clock = timedClock(state.plan);
  await work(state, photos, {
    provider,
    clock,
    signal: context.signal,
    onStep: (now, point) => {
      progress.step(now, clock, undefined, point && { ...point });
      return undefined;
    },
    save: (now) => saveCheckpoint(checkpoint, key, now),
    say: (message) => {
      progress.say(message);
    },
  });
  return { state, photos, progress, done: () => rm(checkpoint, { force: true }) };
}

async function findTeacher(name: string, scale: Scale): Promise<StoredModel> {
  const model = await findModel(name);
  if (model.card.scale === scale) return model;
  throw new UserError(
    `${model.card.name} upscales ${model.card.scale} times and cannot teach an x${scale} model. Choose another --teacher.`,
  );
}
