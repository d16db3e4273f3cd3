import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, normalize, resolve } from 'node:path';
import { messageOf, throwIfCancelled, UserError } from '../base/errors';
import { Rng } from '../base/rng';
import { codeOf } from '../image/placeFile';
import { isPhotoName, photoKinds } from '../shared/photoNames';

/** A photo file and its place below the folder that was named; a file named by itself is its own relative path. */
export interface PhotoFile {
  path: string;
  /** With the platform's separators. */
  relative: string;
}

const strayName = /^(\.|thumbs\.db$|desktop\.ini$)/i;

export interface FindOptions {
  /** A folder that is not searched, for example the one that results go to. */
  exclude?: string;
}

/**
 * Finds the photos (by name) in the folders, at any depth, and takes named files whatever their
 * name. Hidden files are skipped, links are followed, each folder once. The order is that of the names, the same each time.
 * A folder below that cannot be read is among them, to be named as a photo that cannot.
 * UserError for a path that does not exist or a named folder that cannot be read. Files
 * given with their place are taken unseen: where one is gone, only that photo is.
 */
export async function findPhotos(
  paths: readonly (string | PhotoFile)[],
  signal: AbortSignal,
  { exclude }: FindOptions = {},
): Promise<PhotoFile[]> {
  const found = new Map<string, PhotoFile>();
  const visited = new Set<string>();
  const excluded = exclude === undefined ? undefined : await stat(exclude).catch(() => undefined);
  for (const named of paths) {
    if (typeof named !== 'string') {
      add({ path: resolve(named.path), relative: normalize(named.relative) });
      continue;
    }
    const path = resolve(named);
    const entry = await stat(path).catch((error: unknown) => {
      throw new UserError(`${path} cannot be found (${messageOf(error)}). Check the path.`);
    });
    if (entry.isDirectory()) await walk(path, '', entry);
    else add({ path, relative: basename(path) });
  }
  return [...found.values()];

  function add(photo: PhotoFile): void {
    if (!found.has(photo.path)) found.set(photo.path, photo);
  }

  async function walk(folder: string, relative: string, entry: Stats): Promise<void> {
    throwIfCancelled(signal);
    const id = identity(entry);
    // A link may lead back up; the second visit of a folder ends there.
    if (visited.has(id) || (excluded && id === identity(excluded) && relative !== '')) return;
    visited.add(id);
    const names = await readdir(folder).catch((error: unknown) => {
      if (relative === '')
        throw new UserError(`${folder} cannot be read (${messageOf(error)}). Change its permissions.`);
      // Nobody knows which photos are missed: the folder itself is named as one that cannot be read.
      add({ path: folder, relative });
      return [];
    });
    for (const name of names.filter((name) => !strayName.test(name)).sort()) {
      const path = join(folder, name);
      const below = join(relative, name);
      const child = await stat(path).catch(codeOf);
      if (typeof child === 'object' && child.isDirectory()) await walk(path, below, child);
      else if (isPhotoName(name) && isPhoto(child, name)) add({ path, relative: below });
    }
  }
}

/**
 * Whether a file of a photo's name counts as one, by what the system says of it. A dangling link does not; what may not be
 * looked at does, since it must be named as a photo that cannot be read, and so does a name in another encoding than the
 * system's, which leads nowhere by what is left of it.
 */
function isPhoto(found: Stats | string | undefined, name: string): boolean {
  if (typeof found === 'object') return found.isFile();
  return (found !== 'ENOENT' && found !== 'ELOOP') || name.includes('\ufffd');
}

function identity({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/** The fewest photos that can be split into some to learn from and some to check on. */
export const fewestPhotos = 4;
const mostReasons = 4;

/**
 * Splits photos (or their indices) at random into disjoint parts: about a tenth is held out, at least 1 (from 8 photos on
 * 2), at most 24. Both parts keep the order. UserError naming `folders` where there are fewer than four, with the first
 * of the `reasons` why others cannot be used.
 */
export function splitPhotos<T>(
  photos: readonly T[],
  seed: number,
  folders: readonly string[],
  reasons: readonly string[] = [],
): { train: T[]; heldOut: T[] } {
  if (photos.length < fewestPhotos) {
    const count = photos.length === 0 ? 'no usable photo' : `only ${photos.length} usable photo(s)`;
    const advice = `Choose a folder with at least ${fewestPhotos} ${photoKinds} photos.`;
    const told = reasons.slice(0, mostReasons);
    const more = reasons.length > told.length ? [`${reasons.length - told.length} more cannot be used.`] : [];
    throw new UserError([`${folders.join(', ')} has ${count}.`, advice, ...told, ...more].join(' '));
  }
  const held = Math.min(24, Math.max(photos.length < 8 ? 1 : 2, Math.round(photos.length / 10)));
  const order = new Rng(seed, photos.length).shuffle(photos.map((_, i) => i));
  const heldOut = new Set(order.slice(0, held));
  return {
    train: photos.filter((_, i) => !heldOut.has(i)),
    heldOut: photos.filter((_, i) => heldOut.has(i)),
  };
}
