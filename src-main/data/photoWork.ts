import { openPhoto, type OpenPhoto } from '../image/decode';
import { encodePhoto, type EncodeOptions } from '../image/encode';
import { fittingProfile, type PhotoMetadata } from '../image/metadata';
import { temporaryBeside } from '../image/temporary';
import { makeUncompressed, type Uncompressed } from '../image/uncompressed';
import { isVaried } from '../image/verify';
import type { UpscaleNet, UpscaleOptions } from '../tiling/upscaleImage';
import { upscaleTimes } from '../tiling/upscaleTimes';
import { makeFolderFor } from './outputs';
import type { UpscaleTask } from './upscalePlan';

// The way of one photo, from file to file. What memory should not hold lies in files beside the result meanwhile.

/** A photo that the network is through with. */
export interface Upscaled {
  picture: Uncompressed;
  metadata: PhotoMetadata;
  /** What could not be kept so far, in plain words. */
  notes: string[];
  /** A result of one colour would be wrong. */
  varied: boolean;
}

/** What the work on all photos shares. */
export interface Workplace {
  /** The folder of the results. */
  out: string;
  /** Pictures of more bytes lie in files (default: as long as memory has room for two or three). */
  inMemory?: number | undefined;
}

/** Decodes the photo. UserError as in {@link openPhoto}. */
export function openTask({ input, output }: UpscaleTask, { out, inMemory }: Workplace): Promise<OpenPhoto> {
  return openPhoto(input, async () => `${await temporaryFor(output, out)}.v`, inMemory);
}

/** Runs the network as often as is planned. The photo is closed, come what may. Errors as in `upscaleTimes`. */
export async function upscaleTask(
  { output, format, runs, size, note }: UpscaleTask,
  { rows, metadata, notes, close }: OpenPhoto,
  net: UpscaleNet,
  { out, inMemory }: Workplace,
  options: UpscaleOptions,
): Promise<Upscaled> {
  const lost: string[] = note === undefined ? [] : [note];
  const tags = { icc: fittingProfile(metadata, rows, format, lost), density: metadata.density };
  try {
    const picture = await upscaleTimes(
      rows,
      net,
      runs,
      (shape) => makeUncompressed(shape, () => temporaryFor(output, out), tags, inMemory),
      options,
    );
    return { picture, metadata, notes: [...notes, ...lost], varied: await isVaried(rows, size ?? picture) };
  } finally {
    await close();
  }
}

/**
 * Encodes what was upscaled and puts it in place; its memory or file is given back, come what may.
 * @returns what could not be kept, in plain words, which `ready` is told too. Errors as in {@link encodePhoto}.
 */
export async function writeTask(
  { output, format, size, replaces }: UpscaleTask,
  { picture, metadata, notes, varied }: Upscaled,
  { out }: Workplace,
  { ready, ...options }: Pick<EncodeOptions, 'quality' | 'chroma' | 'depth' | 'ready'>,
): Promise<string[]> {
  try {
    await makeFolderFor(output, out);
    const lost = await encodePhoto(picture, metadata, output, {
      ...options,
      ...{ format, size, varied, overwrite: replaces !== undefined },
      ready: (temporary, lost) => ready?.(temporary, [...notes, ...lost]),
    });
    return [...notes, ...lost];
  } finally {
    await picture.close();
  }
}

/** A name beside the result, for a file that is gone again when the photo is done. */
async function temporaryFor(output: string, out: string): Promise<string> {
  await makeFolderFor(output, out);
  return temporaryBeside(output);
}
