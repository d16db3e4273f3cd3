import { followRecipe, hrSize, loadRgb8, type PhotoPair, type Recipe } from './prepare';

export interface CachedPhoto {
  path: string;
  recipe: Recipe;
}

/** Bytes of pixels that the cache may hold, by default. */
const defaultBytes = 2 ** 30;

/** Photos that are prepared at one time: more would only pile up decoded originals. */
const lanes = 2;

/**
 * Prepared photos by index, the least recently used forgotten first once their pixels exceed `maxBytes`. A forgotten photo
 * is prepared again from its recipe, so what `get` returns never depends on what was asked before.
 */
export class PhotoCache {
  readonly photos: readonly CachedPhoto[];
  readonly scale: number;
  private readonly maxBytes: number;
  /** In the order of use: a Map keeps the order of insertion. */
  private readonly held = new Map<number, PhotoPair>();
  private readonly coming = new Map<number, Promise<PhotoPair>>();
  private bytes = 0;
  private busy = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(photos: readonly CachedPhoto[], scale: number, maxBytes: number | undefined = defaultBytes) {
    this.photos = photos;
    this.scale = scale;
    this.maxBytes = maxBytes;
  }

  /** Width and height of a photo's HR picture. */
  size(index: number): { width: number; height: number } {
    return hrSize(this.photo(index).recipe, this.scale);
  }

  /** Whether all photos can be held at once, so that none of those put here is ever forgotten. */
  holdsAll(): boolean {
    const pixels = this.photos.reduce((sum, _, index) => {
      const { width, height } = this.size(index);
      return sum + width * height;
    }, 0);
    return 3 * pixels * (1 + 1 / this.scale ** 2) <= this.maxBytes;
  }

  /** A photo's HR and LR pictures. UserError where its file has gone or changed for the worse. */
  async get(index: number): Promise<PhotoPair> {
    const pair = this.held.get(index);
    if (!pair) return this.load(index);
    this.held.delete(index);
    this.held.set(index, pair);
    return pair;
  }

  /** Starts to prepare a photo that will be asked for soon; a failure shows when it is. */
  prefetch(index: number): void {
    if (!this.held.has(index)) this.load(index).catch(() => undefined);
  }

  /** Keeps a pair that was prepared elsewhere, instead of the one that it may have. */
  put(index: number, pair: PhotoPair): void {
    const before = this.held.get(index);
    if (before) this.bytes -= bytesOf(before);
    this.held.delete(index);
    this.held.set(index, pair);
    this.bytes += bytesOf(pair);
    for (const [oldest, old] of this.held) {
      // The newest stays, even where it alone is above the limit.
      if (this.bytes <= this.maxBytes || oldest === index) break;
      this.held.delete(oldest);
      this.bytes -= bytesOf(old);
    }
  }

  private load(index: number): Promise<PhotoPair> {
    let coming = this.coming.get(index);
    if (!coming) {
      coming = this.prepare(index).finally(() => this.coming.delete(index));
      this.coming.set(index, coming);
    }
    return coming;
  }

  private async prepare(index: number): Promise<PhotoPair> {
    const { path, recipe } = this.photo(index);
    if (this.busy === lanes) await new Promise<void>((go) => this.waiting.push(go));
    else this.busy++;
    try {
      const pair = followRecipe(await loadRgb8(path), recipe, this.scale);
      this.put(index, pair);
      return pair;
    } finally {
      // The lane goes straight to the next in the queue.
      const next = this.waiting.shift();
      if (next) next();
      else this.busy--;
    }
  }

  private photo(index: number): CachedPhoto {
    const photo = this.photos[index];
    if (!photo) throw new RangeError(`No photo ${index} among ${this.photos.length}`);
    return photo;
  }
}

function bytesOf({ hr, lr }: PhotoPair): number {
  return hr.data.byteLength + lr.data.byteLength;
}
