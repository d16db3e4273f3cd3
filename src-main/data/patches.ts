import { Rng } from '../base/rng';
import type { Pixels } from '../image/pixels';
import type { PhotoCache } from './photoCache';

/** Size of a batch: so many patches of `patch` x `patch` LR pixels. */
export interface BatchShape {
  patch: number;
  batch: number;
}

/** Training patches, planar RGB floats in 0..1. */
export interface Batch {
  /** [batch, 3, patch, patch] */
  lr: Float32Array;
  /** [batch, 3, patch * scale, patch * scale] */
  hr: Float32Array;
}

/** Where one patch comes from: a photo, the corner of the patch in LR pixels, and one of the 8 turns and mirrorings. */
interface Draw {
  photo: number;
  x: number;
  y: number;
  /** Bit 0 mirrors columns, bit 1 mirrors rows, bit 2 swaps rows and columns. */
  turn: number;
}

/**
 * Draws random patches: photos in proportion to their area, places and turns evenly. A step's batch depends on seed, step,
 * shape and photos only, never on timing, so a resumed run sees what an uninterrupted one would have seen.
 */
export class PatchSampler {
  private readonly cache: PhotoCache;
  private readonly photos: readonly number[];
  private readonly seed: number;
  /** Running sums of the photos' areas. */
  private readonly areas: Float64Array;

  constructor(cache: PhotoCache, photos: readonly number[], seed: number) {
    this.cache = cache;
    this.photos = photos;
    this.seed = seed;
    let sum = 0;
    this.areas = Float64Array.from(photos, (photo) => {
      const { width, height } = cache.size(photo);
      return (sum += width * height);
    });
  }

  /** The batch of a step. The photos of the next step are prepared meanwhile. */
  async batch(step: number, shape: BatchShape): Promise<Batch> {
    const { patch, batch } = shape;
    const { scale } = this.cache;
    const lrLength = 3 * patch * patch;
    const hrLength = lrLength * scale * scale;
    const lr = new Float32Array(batch * lrLength);
    const hr = new Float32Array(batch * hrLength);
    this.prefetch(step, shape);
    for (const [i, { photo, x, y, turn }] of this.draw(step, shape).entries()) {
      const pair = await this.cache.get(photo);
      copyPatch(pair.lr, x, y, patch, turn, lr, i * lrLength);
      copyPatch(pair.hr, x * scale, y * scale, patch * scale, turn, hr, i * hrLength);
    }
    this.prefetch(step + 1, shape);
    return { lr, hr };
  }

  /** Starts to prepare the photos of a step, as far as the cache does not hold them. */
  private prefetch(step: number, shape: BatchShape): void {
    for (const { photo } of this.draw(step, shape)) this.cache.prefetch(photo);
  }

  private draw(step: number, { patch, batch }: BatchShape): Draw[] {
    const { scale } = this.cache;
    const rng = new Rng(this.seed, step);
    return Array.from({ length: batch }, () => {
      const photo = this.photos[this.photoAt(rng.next() * this.areas.at(-1)!)]!;
      const { width, height } = this.cache.size(photo);
      const x = rng.below(width / scale - patch + 1);
      const y = rng.below(height / scale - patch + 1);
      return { photo, x, y, turn: rng.below(8) };
    });
  }

  /** The photo in whose stretch of the summed areas a number falls (binary search). */
  private photoAt(area: number): number {
    let [low, high] = [0, this.areas.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.areas[middle]! > area) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Copies a square at (x, y), turned, to planes [3, side, side] at `offset`: one walk whose steps depend on the turn. */
function copyPatch(
  { data, width }: Pixels,
  x: number,
  y: number,
  side: number,
  turn: number,
  out: Float32Array,
  offset: number,
): void {
  const mirrorColumns = (turn & 1) !== 0;
  const mirrorRows = (turn & 2) !== 0;
  const swap = (turn & 4) !== 0;
  const columnStep = mirrorColumns ? -3 : 3;
  const rowStep = (mirrorRows ? -3 : 3) * width;
  const start = ((mirrorRows ? y + side - 1 : y) * width + (mirrorColumns ? x + side - 1 : x)) * 3;
  const [across, down] = swap ? [rowStep, columnStep] : [columnStep, rowStep];
  const plane = side * side;
  let to = offset;
  for (let row = 0; row < side; row++) {
    let from = start + row * down;
    for (let column = 0; column < side; column++, to++, from += across) {
      out[to] = data[from]! / 255;
      out[to + plane] = data[from + 1]! / 255;
      out[to + 2 * plane] = data[from + 2]! / 255;
    }
  }
}
