import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { blankPixels, type Pixels } from '../../src-main/image/pixels';

/** A folder that is gone after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pixel-tailor-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Channels and bits per sample of all pixels that there are. */
export const pixelKinds = [
  [1, 8],
  [2, 8],
  [3, 8],
  [4, 8],
  [1, 16],
  [2, 16],
  [3, 16],
  [4, 16],
] as const;

/** Every sample at random. */
export function noise(
  width: number,
  height: number,
  channels: Pixels['channels'] = 3,
  depth: Pixels['depth'] = 8,
  seed = 1,
): Pixels {
  const rng = new Rng(seed, width * 7919 + height);
  const pixels = blankPixels(width, height, channels, depth);
  for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = rng.below(depth === 8 ? 256 : 65536);
  return pixels;
}

/**
 * Like a photo: power falls with the square of the frequency up to the highest one. Squares of random sizes, places and
 * colours on top of each other ("dead leaves") give just that.
 */
export function leaves(width: number, height: number, seed = 1): Pixels {
  const rng = new Rng(seed);
  const pixels = blankPixels(width, height, 3);
  for (let n = 0; n < (width * height) / 40; n++) {
    const side = Math.ceil(2 / Math.max(0.02, rng.next()));
    const [left, top] = [rng.below(width + side) - side, rng.below(height + side) - side];
    const colour = [rng.below(256), rng.below(256), rng.below(256)];
    for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
      for (let x = Math.max(0, left); x < Math.min(width, left + side); x++) {
        pixels.data.set(colour, (y * width + x) * 3);
      }
    }
  }
  return pixels;
}

export function bytes(pixels: Pixels): Buffer {
  return Buffer.from(pixels.data.buffer, pixels.data.byteOffset, pixels.data.byteLength);
}

/** Largest difference of any sample. */
export function largestDifference(a: Pixels, b: Pixels): number {
  let largest = 0;
  for (let i = 0; i < a.data.length; i++) largest = Math.max(largest, Math.abs(a.data[i]! - b.data[i]!));
  return largest;
}
