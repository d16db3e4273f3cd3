import { dirname } from 'node:path';
import { Cancelled, DeviceFailed, messageOf, throwIfCancelled, UserError } from '../base/errors';
import { BatchProgress, tellLooking } from '../data/batchProgress';
import { Journal } from '../data/journal';
import { stampOfName } from '../data/stamp';
import { openTask, upscaleTask, writeTask, type Upscaled, type Workplace } from '../data/photoWork';
import { checkUnchanged, planUpscale, type UpscalePlan, type UpscaleTask } from '../data/upscalePlan';
import type { OpenPhoto } from '../image/decode';
import { endExiftool } from '../image/exiftool';
import { NameTaken } from '../image/placeFile';
import { removeLeftovers } from '../image/temporary';
import { defaultModel, findModel } from '../model/library';
import type { OpenModel } from '../model/modelFile';
import { openPlanned } from '../model/openPlanned';
import type { UpscaleConfig } from '../shared/config';
import { usualScale } from '../shared/enlarge';
import type { Chroma, Depth } from '../shared/formats';
import type { JobContext } from '../shared/progress';
import type { ResultOf, UpscaledFile } from '../shared/results';
import type { UpscaleNet } from '../tiling/upscaleImage';
import { chooseDevice } from '../train/chooseDevice';

/** What to upscale and where to; the fields of the command that are not about the model. */
export interface UpscalePhotosConfig extends UpscalePlan, Workplace {
  /** 1..100 for JPEG, WebP and AVIF. */
  quality?: number | undefined;
  chroma?: Chroma | undefined;
  depth?: Depth | undefined;
  /** Side of a tile in pixels of the small photo. */
  tile?: number;
  /** A file from which the same batch goes on, whatever ended it. */
  journal?: string | undefined;
}

/** A network that is loaded once there is work for it. */
export interface WaitingNet {
  scale: number;
  load: (photos: number) => Promise<UpscaleNet>;
}

/** For so many photos it pays to measure first how the network runs fastest. */
const manyPhotos = 8;

/**
 * The command: upscales with the model of that name or file, else with the one whose scale fits best. UserError for an
 * unknown device or model, else as in {@link upscalePhotos}.
 */
export async function upscale(config: UpscaleConfig, context: JobContext): Promise<ResultOf<'upscale'>> {
  const { model, scale, naming, device, ...photos } = config;
  const chosen = await chooseDevice(device, 'inference', context);
  const { path, card } =
    model === undefined ? await defaultModel(scale ?? usualScale) : await findModel(model);
  const opened: OpenModel[] = [];
  const load = async (count: number): Promise<UpscaleNet> => {
    const { signal } = context;
    const net = await openPlanned(path, chosen, { measure: count >= manyPhotos, signal });
    opened.push(net);
    return net;
  };
  try {
    return await upscalePhotos(
      { ...photos, factor: scale, naming: { pattern: naming, model: card.name } },
      { scale: card.scale, load },
      context,
    );
  } finally {
    for (const net of opened) await net.dispose();
  }
}

/**
 * Upscales photos and folders of photos into `out`, the folders' trees mirrored. A bad photo fails alone, with its reason.
 * The next photo is decoded and the last one encoded while the network runs.
 * UserError where nothing can be done at all; Cancelled between tiles: no file is left half written.
 */
export async function upscalePhotos(
  config: UpscalePhotosConfig,
  { scale, load }: WaitingNet,
  { signal, onProgress }: JobContext,
): Promise<{ files: UpscaledFile[] }> {
  const journal = config.journal === undefined ? undefined : new Journal(config.journal);
  try {
    await journal?.take();
    const onLooked = tellLooking(onProgress);
    const tasks = await planUpscale(config, scale, signal, { journal, onLooked });
    const progress = new BatchProgress(tasks, onProgress);
    for (const folder of new Set([config.out, ...tasks.map(({ output }) => dirname(output))]))
      await removeLeftovers(folder);
    const open = tasks.filter((task) => !task.settled);
    if (open.length > 0) await workThrough(open, config, await load(open.length), signal, progress, journal);
    for (const task of tasks.filter(isGone)) {
      const { input, output, seconds } = task.settled!;
      const reason = `${output} was written, but is not there any more. Bring its disk or folder back and try again.`;
      task.settled = { input, output, status: 'failed', reason, seconds };
      journal?.settle(task.settled);
      progress.revised(task, task.settled);
    }
    return { files: tasks.map(({ settled }) => settled!) };
  } finally {
    journal?.close();
    await endExiftool();
  }
}

/** Whether a result has vanished since, with the whole folder or disk perhaps. */
const isGone = ({ settled }: UpscaleTask): boolean =>
  settled?.status === 'done' && stampOfName(settled.output) === undefined;

/** Settles all tasks, one after the other. */
async function workThrough(
  tasks: readonly UpscaleTask[],
  { quality, chroma, depth, tile, ...place }: UpscalePhotosConfig,
  net: UpscaleNet,
  signal: AbortSignal,
  progress: BatchProgress,
  journal: Journal | undefined,
): Promise<void> {
  const begun: UpscaleTask[] = [];
  let encoding: Promise<void> = Promise.resolve();
  let decoding = begin(tasks[0]!);
  try {
    for (const [i, task] of tasks.entries()) {
      throwIfCancelled(signal);
      const started = performance.now();
      progress.working(task);
      const decoded = await decoding;
      const next = tasks[i + 1];
      const beside = next !== undefined && !task.alone && !next.alone;
      if (beside) decoding = begin(next);
      await work(task, decoded, started);
      if (next === undefined || beside) continue;
      await encoding;
      decoding = begin(next);
    }
    await encoding;
  } catch (error) {
    // Said before the last file is finished, which the kill after a cancel may not wait for.
    for (const task of begun) if (!task.settled) journal?.release(task);
    await encoding;
    const ahead = await decoding;
    if (!(ahead instanceof Error)) await ahead.close();
    throw error;
  }

  /** Resolves to the error, so that a photo decoded ahead cannot fail unseen. */
  function begin(task: UpscaleTask): Promise<OpenPhoto | Error> {
    journal?.begin(task);
    begun.push(task);
    return openTask(task, place).catch((error: unknown) =>
      error instanceof Error ? error : new Error(messageOf(error)),
    );
  }

  async function work(task: UpscaleTask, photo: OpenPhoto | Error, started: number): Promise<void> {
    let upscaled: Upscaled;
    try {
      if (photo instanceof Error) throw photo;
      upscaled = await upscaleTask(task, photo, net, place, {
        ...(tile !== undefined && { tile }),
        signal,
        onPart: (part) => {
          progress.part(task, part);
        },
      });
    } catch (error) {
      // Neither is the photo's fault.
      if (error instanceof Cancelled || error instanceof DeviceFailed) throw error;
      settle(task, failure(task, error), started);
      return;
    }
    await encoding;
    encoding = write(task, upscaled, started);
    // It is awaited later; until then its failure, which only the journal's can be, is no unhandled one.
    encoding.catch(() => undefined);
    if (task.alone) await encoding;
  }

  async function write(task: UpscaleTask, upscaled: Upscaled, started: number): Promise<void> {
    const done = (notes: readonly string[]): Outcome => ({
      status: 'done',
      ...(notes.length > 0 && { notes: [...notes] }),
    });
    let outcome: Outcome;
    try {
      const notes = await writeTask(task, upscaled, place, {
        ...{ quality, chroma, depth },
        ready: (temporary, notes) => {
          checkUnchanged(task);
          journal?.placing(ended(task, done(notes), started), temporary);
        },
      });
      outcome = done(notes);
    } catch (error) {
      outcome = failure(task, error);
    }
    settle(task, outcome, started);
  }

  function settle(task: UpscaleTask, outcome: Outcome, started: number): void {
    task.settled = ended(task, outcome, started);
    journal?.settle(task.settled);
    progress.settled(task, task.settled);
  }
}

type Outcome = Omit<UpscaledFile, 'input' | 'output' | 'seconds'>;

function ended({ input, output }: UpscaleTask, outcome: Outcome, started: number): UpscaledFile {
  return { input, output, ...outcome, seconds: (performance.now() - started) / 1000 };
}

function failure({ input }: UpscaleTask, error: unknown): Outcome {
  if (error instanceof NameTaken) return { status: 'skipped', reason: error.message };
  const reason = error instanceof UserError ? error.message : `${input}: ${messageOf(error)}`;
  return { status: 'failed', reason };
}
