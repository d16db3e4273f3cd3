import { Rng } from '../../src-main/base/rng';
import { degrade } from '../../src-main/data/degrade';
import { PatchSampler } from '../../src-main/data/patches';
import { PhotoCache } from '../../src-main/data/photoCache';
import { blankPixels, type Pixels } from '../../src-main/image/pixels';
import type { RunData } from '../../src-main/train/run';
import { crops } from '../../src-main/train/validate';

/** A picture of coloured discs with hard edges: something that can be learned from quickly. */
export function discs(width: number, height: number, seed: number): Pixels {
  const pixels = blankPixels(width, height, 3);
  const rng = new Rng(seed, 0xd15c);
  for (let disc = 0; disc < 40; disc++) {
    const [x0, y0, radius] = [rng.below(width), rng.below(height), 4 + rng.below(20)];
    const colour = [rng.below(256), rng.below(256), rng.below(256)];
    for (let y = Math.max(0, y0 - radius); y < Math.min(height, y0 + radius); y++)
      for (let x = Math.max(0, x0 - radius); x < Math.min(width, x0 + radius); x++)
        if ((x - x0) ** 2 + (y - y0) ** 2 < radius ** 2) pixels.data.set(colour, (y * width + x) * 3);
  }
  return pixels;
}

/** What a run draws its batches from, without a file: five made-up photos, the last of them held out. */
export function syntheticData({ seed = 1, scale = 2 } = {}): RunData {
  const [width, height] = [2 * scale * crops.patch, scale * crops.patch];
  const photos = [0, 1, 2, 3, 4].map((i) => ({
    path: `discs ${i}`,
    recipe: { reducedBy: 1 as const, crop: { x: 0, y: 0, width, height } },
  }));
  const cache = new PhotoCache(photos, scale);
  photos.forEach((_, i) => {
    const hr = discs(width, height, i);
    cache.put(i, { hr, lr: degrade(hr, scale) });
  });
  const sampler = (indices: number[], stream: number): PatchSampler =>
    new PatchSampler(cache, indices, 4 * seed + stream);
  return {
    weightHalf: sampler([0, 1], 0),
    choiceHalf: sampler([2, 3], 1),
    judged: sampler([2, 3], 4),
    train: sampler([0, 1, 2, 3], 2),
    heldOut: sampler([4], 3),
  };
}
