import { findPhotos, splitPhotos } from '../data/photos';
import { PatchSampler } from '../data/patches';
import type { PhotoCache } from '../data/photoCache';
import { surveyPhotos, type PhotoReport } from '../data/survey';
import type { JobContext } from '../shared/progress';
import type { RunData } from './run';
import { crops } from './validate';

/**
 * Looking at more photos would take minutes and teach little: a random choice of so many is enough, and the cache holds
 * them all at full size, so that no step waits for a photo.
 */
const mostPhotos = 360;

export interface PreparedPhotos {
  data: RunData;
  cache: PhotoCache;
  /** Indices into the cache, disjoint. */
  train: number[];
  heldOut: number[];
  reports: PhotoReport[];
}

/** Looks at names only, so that a wrong folder is told at once. UserError where there are too few photos. */
export async function checkPhotos(folders: readonly string[], signal: AbortSignal): Promise<void> {
  splitPhotos(await findPhotos(folders, signal), 1, folders);
}

/** The photos of folders, prepared, split into those to learn from (in two halves) and those held out. */
export async function preparePhotos(
  folders: readonly string[],
  { scale, seed }: { scale: number; seed: number },
  { signal, onProgress }: JobContext,
): Promise<PreparedPhotos> {
  const found = await findPhotos(folders, signal);
  const { reports, cache } = await surveyPhotos(
    found.map(({ path }) => path),
    { scale, patch: crops.patch, maxPhotos: mostPhotos, seed, signal, onProgress },
  );
  const used = cache.photos.map((_, i) => i);
  const reasons = reports.flatMap(({ reason }) => reason ?? []);
  const { train, heldOut } = splitPhotos(used, seed, folders, reasons);
  const sampler = (photos: readonly number[], stream: number): PatchSampler =>
    new PatchSampler(cache, photos, 4 * seed + stream);
  const half = (parity: number): number[] => train.filter((_, i) => i % 2 === parity);
  return {
    cache,
    train,
    heldOut,
    reports,
    data: {
      weightHalf: sampler(half(0), 0),
      choiceHalf: sampler(half(1), 1),
      judged: sampler(half(1), 4),
      train: sampler(train, 2),
      heldOut: sampler(heldOut, 3),
    },
  };
}
