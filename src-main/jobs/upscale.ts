import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Cancelled, messageOf, throwIfCancelled, UserError } from '../base/errors';
import { formatOfName, nameIsTaken, openOutputFolder, planOutputs, ProtectedFiles } from '../data/outputs';
import { findPhotos } from '../data/photos';
import { decodePhoto, encodePhoto, readHeader, type DecodedPhoto } from '../image/codec';
import type { PhotoFormat } from '../image/metadata';
import { explainWriteError } from '../image/placeFile';
import type { JobContext } from '../shared/progress';
import { upscaleImage, type UpscaleNet } from '../tiling/upscaleImage';

export interface UpscaleConfig {
  /** Photo files and folders of photos. */
  inputs: string[];
  /** The folder for the results; made where it does not exist. */
  out: string;
  /** Default: each photo's own format. */
  format?: PhotoFormat;
  /** 1..100 for JPEG and WebP. */
  quality?: number;
  /** Replace results that exist already (default: they are skipped). Inputs are never replaced. */
  overwrite?: boolean;
  /** Side of a tile in pixels of the small photo. */
  tile?: number;
}

export interface UpscaledFile {
  input: string;
  output: string;
  status: 'done' | 'skipped' | 'failed';
  /** Why it was skipped or failed. */
  reason?: string;
  /** What the result could not carry over, in plain words. */
  notes?: string[];
  seconds: number;
}

/** What is planned for one photo. */
interface Task {
  input: string;
  output: string;
  format: PhotoFormat;
  megapixels: number;
  /** Set where nothing is left to do. */
  settled?: { status: 'skipped' | 'failed'; reason: string };
}

/** Photos and results above this many megapixels are not held beside those of the next photo. */
const largeMegapixels = 48;

/**
 * Upscales photos and folders of photos into `out`, the folders' trees mirrored. A bad photo fails alone, with its reason.
 * The next photo is decoded and the last one encoded while the network runs. `loadNet` is called once there is work.
 * UserError where nothing can be done at all; Cancelled between tiles: no file is left half written.
 */
export async function upscale(
  config: UpscaleConfig,
  loadNet: () => Promise<UpscaleNet>,
  { signal, onProgress }: JobContext,
): Promise<{ files: UpscaledFile[] }> {
  const tasks = await plan(config, signal);
  const open = tasks.filter((task) => !task.settled);
  const files = new Map<Task, UpscaledFile>();
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

  async function work(task: Task, decoded: DecodedPhoto | Error, started: number): Promise<void> {
    try {
      if (decoded instanceof Error) throw decoded;
      const { tile } = config;
      const pixels = await upscaleImage(decoded.pixels, net, {
        ...(tile !== undefined && { tile }),
        signal,
        onTile: (done, all) => {
          if (done < all) tell(task, done / all);
        },
      });
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
  async function encode(task: Task, photo: DecodedPhoto, started: number): Promise<void> {
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

  function fail(task: Task, error: unknown, started: number): void {
    const reason = error instanceof UserError ? error.message : `${task.input}: ${messageOf(error)}`;
    settle(task, { status: 'failed', reason }, started);
  }

  function settle(
    task: Task,
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

/** Finds the photos, names their outputs and sorts out what need not or must not be done. */
async function plan(config: UpscaleConfig, signal: AbortSignal): Promise<Task[]> {
  const { out, overwrite = false } = config;
  // Results of an earlier run below an input folder are no photos of this one.
  const photos = await findPhotos(config.inputs, signal, { exclude: out });
  if (photos.length === 0) {
    throw new UserError(`${config.inputs.join(', ')} has no JPEG, PNG, WebP or TIFF photos. Choose others.`);
  }
  const { caseSensitive } = await openOutputFolder(out);
  const inputs = new ProtectedFiles();
  const heads = [];
  for (const { path, relative } of photos) {
    throwIfCancelled(signal);
    await inputs.add(path);
    const header = await readHeader(path).catch((error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    });
    const own = formatOfName(path) ?? (header instanceof UserError ? 'png' : header.format);
    heads.push({ path, relative, format: config.format ?? own, header });
  }
  const outputs = planOutputs(heads, out, { caseSensitive });
  const tasks: Task[] = [];
  for (const [i, { path, format, header }] of heads.entries()) {
    const output = outputs[i]!;
    const bad = header instanceof UserError;
    const task: Task = {
      input: path,
      output,
      format,
      megapixels: bad ? 0 : (header.width * header.height) / 1e6,
    };
    if (await inputs.has(output)) {
      const reason = `${output} is a photo to upscale itself and is never overwritten. Choose another folder.`;
      task.settled = { status: 'failed', reason };
    } else if (bad) task.settled = { status: 'failed', reason: header.message };
    else if (!overwrite && (await nameIsTaken(output))) {
      task.settled = { status: 'skipped', reason: `${output} exists already.` };
    }
    tasks.push(task);
  }
  return tasks;
}

/** Resolves to the error, so that a photo decoded ahead cannot fail unseen. */
function startDecoding({ input }: Task): Promise<DecodedPhoto | Error> {
  return decodePhoto(input).catch((error: unknown) =>
    error instanceof Error ? error : new Error(messageOf(error)),
  );
}

/** Tells how far the job is, weighted by megapixels; the fraction never falls. */
function progressTeller(
  tasks: readonly Task[],
  onProgress: JobContext['onProgress'],
): (task: Task, part: number) => void {
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
