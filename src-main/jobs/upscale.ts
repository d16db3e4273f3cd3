import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Cancelled, messageOf, throwIfCancelled, UserError } from '../base/errors';
import { resizeBicubic } from '../data/degrade';
import { planUpscale, type UpscalePlan, type UpscaleTask } from '../data/upscalePlan';
import { decodePhoto, encodePhoto, type DecodedPhoto } from '../image/codec';
import type { Pixels } from '../image/pixels';
import { explainWriteError } from '../image/placeFile';
import { findDevice } from '../latency/devices';
import { defaultModel, findModel } from '../model/library';
import { openModel, type OpenModel } from '../model/modelFile';
import type { UpscaleConfig } from '../shared/config';
import type { JobContext } from '../shared/progress';
import type { ResultOf } from '../shared/results';
import { upscaleImage, type UpscaleNet } from '../tiling/upscaleImage';

/** What to upscale and where to; the fields of the command that are not about the model. */
export interface UpscalePhotosConfig extends UpscalePlan {
  /** 1..100 for JPEG and WebP. */
  quality?: number;
  /** The width of the results in pixels, where it is not to be the network's scale times the photo's. */
  width?: number;
  /** Side of a tile in pixels of the small photo. */
  tile?: number;
}

type UpscaledFile = ResultOf<'upscale'>['files'][number];

/**
 * The command: upscales with the model of that name or file, else with the usual one for the scale. UserError for an
 * unknown device or model, else as in {@link upscalePhotos}.
 */
export async function upscale(config: UpscaleConfig, context: JobContext): Promise<ResultOf<'upscale'>> {
  const { inputs, out, model, scale, width, format, quality, overwrite, device } = config;
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
        ...(format !== undefined && { format }),
        ...(quality !== undefined && { quality }),
        ...(width !== undefined && { width }),
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

/** Photos and results above this many megapixels are not held beside those of the next photo. */
const largeMegapixels = 48;

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
  const tasks = await planUpscale(config, signal);
  const open = tasks.filter((task) => !task.settled);
  const files = new Map<UpscaleTask, UpscaledFile>();
  for (const task of tasks) if (task.settled) settle(task, task.settled, 0);
  if (open.length === 0) return { files: inOrder() };

  const net = await loadNet();
  const tell = progressTeller(open, onProgress);
  let decoding = startDecoding(open[0]!);
  let encoding: Promise<void> = Promise.resolve();
  try {
    for (const [i, task] of open.entries()) {
      throwIfCancelled(signal);
      const started = performance.now();
      const decoded = await decoding;
      const next = open[i + 1];
      const ahead = next !== undefined && next.megapixels <= largeMegapixels;
      if (ahead) decoding = startDecoding(next);
      await work(task, decoded, started);
      if (next !== undefined && !ahead) decoding = startDecoding(next);
    }
  } finally {
    await encoding;
  }
  return { files: inOrder() };

  async function work(task: UpscaleTask, decoded: DecodedPhoto | Error, started: number): Promise<void> {
    try {
      if (decoded instanceof Error) throw decoded;
      const { tile } = config;
      const upscaled = await upscaleImage(decoded.pixels, net, {
        ...(tile !== undefined && { tile }),
        signal,
        onTile: (done, all) => {
          if (done < all) tell(task, done / all);
        },
      });
      const pixels = toWidth(upscaled, config.width);
      await encoding;
      encoding = encode(task, { ...decoded, pixels }, started);
      if ((pixels.width * pixels.height) / 1e6 > largeMegapixels) await encoding;
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      fail(task, error, started);
    }
    tell(task, 1);
  }

  /** Never rejects: what goes wrong is the file's own failure. */
  async function encode(task: UpscaleTask, photo: DecodedPhoto, started: number): Promise<void> {
    const { format, output } = task;
    const { quality, overwrite = false } = config;
    try {
      await mkdir(dirname(output), { recursive: true }).catch((error: unknown) => {
        throw explainWriteError(output, error);
      });
      const options = { format, overwrite, ...(quality !== undefined && { quality }) };
      const lost = await encodePhoto(photo.pixels, photo.metadata, output, options);
      const notes = [...photo.notes, ...lost];
      settle(task, { status: 'done', ...(notes.length > 0 && { notes }) }, started);
    } catch (error) {
      fail(task, error, started);
    }
  }

  function fail(task: UpscaleTask, error: unknown, started: number): void {
    const reason = error instanceof UserError ? error.message : `${task.input}: ${messageOf(error)}`;
    settle(task, { status: 'failed', reason }, started);
  }

  function settle(
    task: UpscaleTask,
    result: Pick<UpscaledFile, 'status' | 'reason' | 'notes'>,
    started: number,
  ): void {
    const seconds = started === 0 ? 0 : (performance.now() - started) / 1000;
    files.set(task, { input: task.input, output: task.output, ...result, seconds });
  }

  function inOrder(): UpscaledFile[] {
    return tasks.map((task) => files.get(task)!);
  }
}

/** The picture at the width that was asked for, if one was. */
function toWidth(pixels: Pixels, width = pixels.width): Pixels {
  if (width === pixels.width) return pixels;
  return resizeBicubic(pixels, width, Math.max(1, Math.round((pixels.height * width) / pixels.width)));
}

/** Resolves to the error, so that a photo decoded ahead cannot fail unseen. */
function startDecoding({ input }: UpscaleTask): Promise<DecodedPhoto | Error> {
  return decodePhoto(input).catch((error: unknown) =>
    error instanceof Error ? error : new Error(messageOf(error)),
  );
}

/** Tells how far the job is, weighted by megapixels; the fraction never falls. */
function progressTeller(
  tasks: readonly UpscaleTask[],
  onProgress: JobContext['onProgress'],
): (task: UpscaleTask, part: number) => void {
  const all = tasks.reduce((sum, task) => sum + task.megapixels, 0);
  const started = performance.now();
  let before = 0;
  return (task, part) => {
    const fraction = Math.min(1, (before + task.megapixels * part) / all);
    if (part === 1) before += task.megapixels;
    const seconds = (performance.now() - started) / 1000;
    onProgress({
      event: 'progress',
      phase: 'upscaling',
      fraction,
      secondsLeft: (seconds / fraction) * (1 - fraction),
      message: task.input,
      data: { file: tasks.indexOf(task) + 1, files: tasks.length },
    });
  };
}
