import { throwIfCancelled, UserError } from '../base/errors';
import { readHeader } from '../image/codec';
import type { PhotoFormat } from '../image/metadata';
import { formatOfName, nameIsTaken, openOutputFolder, planOutputs, ProtectedFiles } from './outputs';
import { findPhotos } from './photos';

/** Which photos to upscale, and where the results go. */
export interface UpscalePlan {
  /** Photo files and folders of photos. */
  inputs: string[];
  /** The folder for the results; made where it does not exist. */
  out: string;
  /** Default: each photo's own format. */
  format?: PhotoFormat;
  /** Replace results that exist already (default: they are skipped). Inputs are never replaced. */
  overwrite?: boolean;
}

/** What is planned for one photo. */
export interface UpscaleTask {
  input: string;
  output: string;
  format: PhotoFormat;
  megapixels: number;
  /** Set where nothing is left to do. */
  settled?: { status: 'skipped' | 'failed'; reason: string };
}

/**
 * Finds the photos, names their outputs and sorts out what need not or must not be done.
 * UserError where there are no photos or the output folder cannot be written.
 */
export async function planUpscale(config: UpscalePlan, signal: AbortSignal): Promise<UpscaleTask[]> {
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
  const tasks: UpscaleTask[] = [];
  for (const [i, { path, format, header }] of heads.entries()) {
    const output = outputs[i]!;
    const bad = header instanceof UserError;
    const task: UpscaleTask = {
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
