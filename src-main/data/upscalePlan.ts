import { throwIfCancelled, UserError } from '../base/errors';
import { readHeader, type PhotoHeader } from '../image/decode';
import { NameTaken } from '../image/placeFile';
import { whyNoRoom } from '../image/uncompressed';
import type { PhotoFormat } from '../shared/formats';
import { resultName, type NameParts } from '../shared/naming';
import { photoKinds } from '../shared/photoNames';
import type { UpscaledFile } from '../shared/results';
import {
  diskNeed,
  factorOf,
  memoryNeed,
  planEnlargement,
  usualMemory,
  whyRefused,
  type Goal,
} from './enlargement';
import type { Journal } from './journal';
import {
  formatOfName,
  nameIsTaken,
  openOutputFolder,
  planOutputs,
  ProtectedFiles,
  sameFormat,
  stemOf,
} from './outputs';
import { findPhotos, type PhotoFile } from './photos';
import { sameStamp, stampOfFile, stampOfName, type Stamp } from './stamp';

/** Which photos to upscale, and where the results go. */
export interface UpscalePlan {
  /** Photo files and folders of photos, and photo files with their place below `out`. */
  inputs: readonly (string | PhotoFile)[];
  /** The folder for the results; made where it does not exist. */
  out: string;
  /** Default: each photo's own format. */
  format?: PhotoFormat | undefined;
  /** How many times as wide results are (default: the network's scale), or how many pixels. */
  factor?: number | undefined;
  width?: number | undefined;
  /** How results are named (default: like the photos), and what the pattern may name. */
  naming?: Omit<NameParts, 'name' | 'scale'> & { pattern: string };
  /** Replace results that exist already (default: they are skipped). Inputs are never replaced. */
  overwrite?: boolean;
  /** Gigabytes that one photo may take (default: most of the machine's). */
  memory?: number | undefined;
}

/** What is planned for one photo. */
export interface UpscaleTask {
  input: string;
  output: string;
  format: PhotoFormat;
  /** How often the network is run. */
  runs: number;
  /** The result's size, where it is not what the network gives. */
  size?: { width: number; height: number };
  /** Its share of the work: none where there never was anything to do. */
  megapixels: number;
  /** Worked on with no other photo beside it: it is large, or engines died while it was in work with others. */
  alone: boolean;
  /** The photo as it was planned; undefined where it was gone by then. */
  source?: Stamp;
  /** What had the result's name by then, where it may be replaced. */
  replaces?: Stamp;
  /** Why it is written as another format than it has. */
  note?: string;
  /** Set where nothing is left to do. */
  settled?: UpscaledFile;
}

export interface PlanOptions {
  /** What an earlier run of the same batch wrote down. */
  journal?: Journal | undefined;
  /** How many photos have been looked at, of how many. */
  onLooked?: (count: number, all: number) => void;
}

/** Headers are read side by side: with thousands of photos that is what takes its time. */
const headsAtOnce = 16;

/**
 * Finds the photos, names their outputs and sorts out what need not or must not be done, or was done as the journal says.
 * UserError where there are no photos or the output folder cannot be written.
 */
export async function planUpscale(
  config: UpscalePlan,
  modelScale: number,
  signal: AbortSignal,
  { journal, onLooked }: PlanOptions = {},
): Promise<UpscaleTask[]> {
  const { out, overwrite = false, factor, width, memory = usualMemory() } = config;
  const goal: Goal = { modelScale, factor, width };
  // Results of an earlier run below an input folder are no photos of this one.
  const found = await findPhotos(config.inputs, signal, { exclude: out });
  // Neither are those of this batch where it writes beside its photos and goes on after an engine died.
  const results = new ProtectedFiles();
  for (const path of journal?.results() ?? []) await results.add(path);
  const photos: PhotoFile[] = [];
  for (const photo of found) if (!(await results.has(photo.path))) photos.push(photo);
  if (photos.length === 0) {
    const named = config.inputs.map((input) => (typeof input === 'string' ? input : input.path));
    throw new UserError(`${named.join(', ')} has no ${photoKinds} photos. Choose others.`);
  }
  const { caseSensitive } = await openOutputFolder(out);
  const inputs = new ProtectedFiles();
  const heads: Head[] = [];
  while (heads.length < photos.length) {
    throwIfCancelled(signal);
    const some = photos.slice(heads.length, heads.length + headsAtOnce);
    for (const { path } of some) await inputs.add(path);
    heads.push(...(await Promise.all(some.map((photo) => readHead(photo, config, goal)))));
    onLooked?.(heads.length, photos.length);
  }
  const outputs = planOutputs(heads, out, { caseSensitive });
  const tasks: UpscaleTask[] = [];
  for (const [i, { path: input, format, header, source, note }] of heads.entries()) {
    const photo = { input, output: outputs[i]! };
    const before = journal?.settledBefore(photo);
    const replaces = overwrite ? stampOfName(photo.output) : undefined;
    const task: UpscaleTask = {
      ...{ ...photo, format, runs: 0, megapixels: 0, alone: (journal?.deaths(photo) ?? 0) > 0 },
      ...(source && { source }),
      ...(replaces && { replaces }),
      ...(note !== undefined && { note }),
    };
    if (!(header instanceof UserError)) {
      const enlargement = planEnlargement(header, goal);
      const { runs, upscaled, written } = enlargement;
      task.runs = runs;
      if (written !== upscaled) task.size = written;
      task.megapixels = (upscaled.width * upscaled.height) / 1e6;
      task.alone ||= memoryNeed(header, enlargement, format) > memory / 2;
    }
    const needless = before ? undefined : await reasonToLeave(task, header);
    if (before) task.settled = before;
    else if (needless) {
      task.settled = { ...photo, ...needless, seconds: 0 };
      task.megapixels = 0;
    }
    tasks.push(task);
  }
  return tasks;

  async function reasonToLeave(
    { input, output, format }: UpscaleTask,
    header: PhotoHeader | UserError,
  ): Promise<Pick<UpscaledFile, 'status' | 'reason'> | undefined> {
    if (await inputs.has(output)) {
      const reason = `${output} is a photo to upscale itself and is never overwritten. Choose another folder.`;
      return { status: 'failed', reason };
    }
    if (header instanceof UserError) return { status: 'failed', reason: header.message };
    if (!overwrite && (await nameIsTaken(output))) {
      return { status: 'skipped', reason: `${output} exists already.` };
    }
    const enlargement = planEnlargement(header, goal);
    const reason =
      whyRefused(input, header, enlargement, { format, memory }) ??
      (await whyNoRoom(out, diskNeed(header, enlargement), enlargement.upscaled));
    return reason === undefined ? undefined : { status: 'failed', reason };
  }
}

/**
 * Called just before a result gets its name. UserError where the photo is not what it was when it was planned, so that
 * what was read may be of two minds; {@link NameTaken} where another program has written the result's file meanwhile.
 */
export function checkUnchanged({ input, output, source, replaces }: UpscaleTask): void {
  if (!sameStamp(source, stampOfFile(input)))
    throw new UserError(`${input} was changed while it was read. Try again when nothing writes to it.`);
  if (replaces && !sameStamp(replaces, stampOfName(output)))
    throw new NameTaken(`${output} was written by something else meanwhile, and is left as it is.`);
}

/** Format and name of the result to be; a photo that cannot be read has the reason as its header. */
interface Head extends PhotoFile {
  format: PhotoFormat;
  header: PhotoHeader | UserError;
  source?: Stamp;
  name?: string;
  note?: string;
}

async function readHead(
  { path, relative }: PhotoFile,
  { format, naming }: UpscalePlan,
  goal: Goal,
): Promise<Head> {
  const source = stampOfFile(path);
  const header = await readHeader(path).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
  const bad = header instanceof UserError;
  const named = format ?? formatOfName(path);
  const chosen = named ? { format: named } : sameFormat(bad ? 'png' : header.format);
  const head = { path, relative, ...chosen, header, ...(source && { source }) };
  if (!naming) return head;
  const scale = bad ? (goal.factor ?? goal.modelScale) : factorOf(header, goal);
  return { ...head, name: resultName(naming.pattern, { ...naming, name: stemOf(relative), scale }) };
}
