import { dirname } from 'node:path';
import { Cancelled, messageOf, throwIfCancelled, UserError } from '../base/errors';
import { resizeBicubic } from '../data/degrade';
import { BatchProgress, tellLooking } from '../data/batchProgress';
import { Journal } from '../data/journal';
import { makeFolderFor } from '../data/outputs';
import { stampOfName } from '../data/stamp';
import {
  checkUnchanged,
  largeMegapixels,
  planUpscale,
  type UpscalePlan,
  type UpscaleTask,
} from '../data/upscalePlan';
import { decodePhoto, type DecodedPhoto } from '../image/decode';
import { encodePhoto } from '../image/encode';
import { endExiftool } from '../image/exiftool';
import type { Pixels } from '../image/pixels';
import { NameTaken } from '../image/placeFile';
import { removeLeftovers } from '../image/temporary';
import { isVaried } from '../image/verify';
import { findDevice } from '../latency/devices';
import { defaultModel, findModel } from '../model/library';
import { openModel, type OpenModel } from '../model/modelFile';
import type { UpscaleConfig } from '../shared/config';
import type { JobContext } from '../shared/progress';
import type { ResultOf, UpscaledFile } from '../shared/results';
import { upscaleImage, type UpscaleNet } from '../tiling/upscaleImage';

/** What to upscale and where to; the fields of the command that are not about the model. */
export interface UpscalePhotosConfig extends UpscalePlan {
  /** 1..100 for JPEG and WebP. */
  quality?: number;
  /** Side of a tile in pixels of the small photo. */
  tile?: number;
  /** A file from which the same batch goes on, whatever ended it. */
  journal?: string;
}

/**
 * The command: upscales with the model of that name or file, else with the usual one for the scale. UserError for an
 * unknown device or model, else as in {@link upscalePhotos}.
 */
export async function upscale(config: UpscaleConfig, context: JobContext): Promise<ResultOf<'upscale'>> {
  const { inputs, out, model, scale, width, format, quality, naming, overwrite, memory, journal, device } =
    config;
  findDevice(device);
  const { path, card } = model === undefined ? await defaultModel(scale ?? 2) : await findModel(model);
  if (scale !== undefined && scale !== card.scale)
    throw new UserError(
      `Expected a model for --scale ${scale} but ${card.name} upscales by ${card.scale}. Leave one of the two options out.`,
    );
  const opened: OpenModel[] = [];
  try {
    return await upscalePhotos(
      {
        ...{ inputs, out, overwrite },
        naming: { pattern: naming, scale: card.scale, model: card.name },
        ...(format !== undefined && { format }),
        ...(quality !== undefined && { quality }),
        ...(width !== undefined && { width }),
        ...(memory !== undefined && { memory: { gigabytes: memory, scale: card.scale } }),
        ...(journal !== undefined && { journal }),
      },
      async () => {
        const net = await openModel(path);
        opened.push(net);
        return net;
      },
      context,
    );
  } finally {
    for (const net of opened) await net.dispose();
  }
}

/**
 * Upscales photos and folders of photos into `out`, the folders' trees mirrored. A bad photo fails alone, with its reason.
 * The next photo is decoded and the last one encoded while the network runs. `loadNet` is called once there is work.
 * UserError where nothing can be done at all; Cancelled between tiles: no file is left half written.
 */
export async function upscalePhotos(
  config: UpscalePhotosConfig,
  loadNet: () => Promise<UpscaleNet>,
  { signal, onProgress }: JobContext,
): Promise<{ files: UpscaledFile[] }> {
  const journal = config.journal === undefined ? undefined : new Journal(config.journal);
  try {
    await journal?.take();
    const tasks = await planUpscale(config, signal, { journal, onLooked: tellLooking(onProgress) });
    const progress = new BatchProgress(tasks, onProgress);
    for (const folder of new Set([config.out, ...tasks.map(({ output }) => dirname(output))]))
      await removeLeftovers(folder);
    const open = tasks.filter((task) => !task.settled);
    if (open.length > 0) await workThrough(open, config, await loadNet(), signal, progress, journal);
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
  { out, quality, width, tile }: UpscalePhotosConfig,
  net: UpscaleNet,
  signal: AbortSignal,
  progress: BatchProgress,
  journal: Journal | undefined,
): Promise<void> {
  const begun: UpscaleTask[] = [];
  let encoding: Promise<void> = Promise.resolve();
  try {
    let decoding = begin(tasks[0]!);
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
    throw error;
  }

  /** Resolves to the error, so that a photo decoded ahead cannot fail unseen. */
  function begin(task: UpscaleTask): Promise<DecodedPhoto | Error> {
    journal?.begin(task);
    begun.push(task);
    return decodePhoto(task.input).catch((error: unknown) =>
      error instanceof Error ? error : new Error(messageOf(error)),
    );
  }

  async function work(task: UpscaleTask, decoded: DecodedPhoto | Error, started: number): Promise<void> {
    let pixels: Pixels;
    try {
      if (decoded instanceof Error) throw decoded;
      const upscaled = await upscaleImage(decoded.pixels, net, {
        ...(tile !== undefined && { tile }),
        signal,
        onTile: (done, all) => {
          progress.part(task, done / all);
        },
      });
      pixels = toWidth(upscaled, width);
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      settle(task, failure(task, error), started);
      return;
    }
    await encoding;
    encoding = encode(task, { ...decoded, pixels }, isVaried(decoded.pixels, pixels), started);
    // It is awaited later; until then its failure, which only the journal's can be, is no unhandled one.
    encoding.catch(() => undefined);
    if ((pixels.width * pixels.height) / 1e6 > largeMegapixels) await encoding;
  }

  async function encode(
    task: UpscaleTask,
    { pixels, metadata, notes }: DecodedPhoto,
    varied: boolean,
    started: number,
  ): Promise<void> {
    const { format, output, replaces } = task;
    const done = (lost: readonly string[]): Outcome => {
      const all = [...notes, ...lost];
      return { status: 'done', ...(all.length > 0 && { notes: all }) };
    };
    let outcome: Outcome;
    try {
      await makeFolderFor(output, out);
      const lost = await encodePhoto(pixels, metadata, output, {
        ...{ format, varied, overwrite: replaces !== undefined },
        ...(quality !== undefined && { quality }),
        ready: (temporary, lost) => {
          checkUnchanged(task);
          journal?.placing(ended(task, done(lost), started), temporary);
        },
      });
      outcome = done(lost);
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

/** The picture at the width that was asked for, if one was. */
function toWidth(pixels: Pixels, width = pixels.width): Pixels {
  if (width === pixels.width) return pixels;
  return resizeBicubic(pixels, width, Math.max(1, Math.round((pixels.height * width) / pixels.width)));
}
