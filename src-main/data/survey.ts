import { throwIfCancelled, UserError } from '../base/errors';
import { Rng } from '../base/rng';
import type { Progress } from '../shared/progress';
import type { Pixels } from '../image/pixels';
import { PhotoCache, type CachedPhoto } from './photoCache';
import { chooseRecipe, followRecipe, hrSize, loadRgb8, type Recipe } from './prepare';

export interface SurveyOptions {
  scale: number;
  /** Side of a training patch in LR pixels; a photo must hold one once it is reduced and cropped. */
  patch: number;
  /** At most so many photos are looked at, chosen by `seed` (default: all). */
  maxPhotos?: number;
  /** Most HR pixels that are kept of one photo (default 1056 x 736). */
  cropPixels?: number;
  /** Bytes of prepared pixels to hold (default 1 GB). */
  cacheBytes?: number;
  seed?: number;
  signal: AbortSignal;
  onProgress?(progress: Progress): void;
}

/** What was done with one photo. */
export interface PhotoReport {
  path: string;
  used: boolean;
  /** Why it was left out. */
  reason?: string;
  reducedBy?: Recipe['reducedBy'];
  crop?: Recipe['crop'];
}

export interface Survey {
  /** One per photo that was looked at, in the order of `paths`. */
  reports: PhotoReport[];
  /** The used photos, in that order. */
  cache: PhotoCache;
}

/**
 * Looks at photos and prepares them for training: soft ones are reduced, the most detailed crop is kept. Damaged photos,
 * photos smaller than a patch and second copies of a picture are left out and reported; held-out photos go through the same.
 */
export async function surveyPhotos(paths: readonly string[], options: SurveyOptions): Promise<Survey> {
  const { scale, patch, signal, cropPixels = 1056 * 736 } = options;
  const chosen = choose(paths, options.maxPhotos ?? paths.length, options.seed ?? 1);
  const photos: CachedPhoto[] = [];
  const cache = new PhotoCache(photos, scale, options.cacheBytes);
  const reports: PhotoReport[] = [];
  const seen = new Map<string, string>();
  const started = performance.now();
  // sharp decodes in threads of its own: the next photos are decoded while this one is looked at.
  const decoding = chosen.slice(0, 2).map(decode);
  for (const [i, path] of chosen.entries()) {
    throwIfCancelled(signal);
    const pixels = await decoding.shift();
    const next = chosen[i + 2];
    if (next !== undefined) decoding.push(decode(next));
    reports.push(pixels instanceof UserError ? leftOut(path, pixels.message) : look(path, pixels!));
    tell(i + 1);
  }
  return { reports, cache };

  function look(path: string, pixels: Pixels): PhotoReport {
    const recipe = chooseRecipe(pixels, cropPixels);
    const size = hrSize(recipe, scale);
    const least = patch * scale;
    if (Math.min(size.width, size.height) < least) {
      const reduced = recipe.reducedBy > 1 ? ` once it is reduced by ${recipe.reducedBy} (it is soft)` : '';
      const found = `${path} is ${size.width}x${size.height} pixels${reduced}`;
      return leftOut(path, `${found}; training needs ${least}x${least}.`);
    }
    const pair = followRecipe(pixels, recipe, scale);
    const key = `${size.width}x${size.height} ${hash(pair.lr.data)}`;
    const twin = seen.get(key);
    // A copy among the held-out photos would make them look better than they are.
    if (twin !== undefined) return leftOut(path, `${path} is the same picture as ${twin}.`);
    seen.set(key, path);
    photos.push({ path, recipe });
    cache.put(photos.length - 1, pair);
    return { path, used: true, ...recipe };
  }

  function tell(done: number): void {
    const seconds = (performance.now() - started) / 1000;
    options.onProgress?.({
      event: 'progress',
      phase: 'looking at the photos',
      fraction: done / chosen.length,
      secondsLeft: (seconds / done) * (chosen.length - done),
      message: chosen[done - 1]!,
    });
  }
}

/** A random choice of at most `most` paths, in their own order. */
function choose(paths: readonly string[], most: number, seed: number): string[] {
  if (paths.length <= most) return [...paths];
  const order = new Rng(seed, paths.length).shuffle(paths.map((_, i) => i));
  const kept = new Set(order.slice(0, most));
  return paths.filter((_, i) => kept.has(i));
}

/** Resolves to the user's error, if it is one, so that a photo decoded ahead cannot fail unseen. */
function decode(path: string): Promise<Pixels | UserError> {
  return loadRgb8(path).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
}

function leftOut(path: string, reason: string): PhotoReport {
  return { path, used: false, reason };
}

/** FNV-1a. */
function hash(data: ArrayLike<number>): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < data.length; i++) value = Math.imul(value ^ data[i]!, 0x01000193);
  return value >>> 0;
}
