import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { degrade } from '../../src-main/data/degrade';
import { PatchSampler } from '../../src-main/data/patches';
import { PhotoCache } from '../../src-main/data/photoCache';
import { encodePhoto } from '../../src-main/image/encode';
import { blankPixels, type Pixels } from '../../src-main/image/pixels';
import { leaves, temporaryFolder } from '../image/samples';

const folder = temporaryFolder();
let cache: PhotoCache;

/** Each HR pixel tells its place: red its column, green its row; blue tells the photo. */
function map(width: number, height: number, blue: number): Pixels {
  const pixels = blankPixels(width, height, 3);
  for (let i = 0; i < width * height; i++) {
    pixels.data.set([i % width, Math.floor(i / width), blue], i * 3);
  }
  return pixels;
}

async function cacheOf(pictures: Pixels[], scale: number, maxBytes?: number): Promise<PhotoCache> {
  const photos = await Promise.all(
    pictures.map(async (pixels, i) => {
      const path = join(folder, `${pixels.width}-${i}-${scale}-${String(maxBytes)}.png`);
      await encodePhoto(pixels, {}, path, { format: 'png' });
      const crop = { x: 0, y: 0, width: pixels.width, height: pixels.height };
      return { path, recipe: { reducedBy: 1 as const, crop } };
    }),
  );
  return new PhotoCache(photos, scale, maxBytes);
}

beforeAll(async () => {
  cache = await cacheOf([map(200, 160, 0), map(80, 60, 255)], 2);
});

test('HR patches are squares of the photo, in all eight turns', async () => {
  const sampler = new PatchSampler(cache, [0, 1], 1);
  const turns = new Set<string>();
  for (let step = 0; step < 20; step++) {
    const { hr } = await sampler.batch(step, { patch: 8, batch: 4 });
    for (let n = 0; n < 4; n++) {
      const at = (x: number, y: number, channel: number): number =>
        Math.round(hr[n * 768 + channel * 256 + y * 16 + x]! * 255);
      const across = [at(1, 0, 0) - at(0, 0, 0), at(1, 0, 1) - at(0, 0, 1)];
      const down = [at(0, 1, 0) - at(0, 0, 0), at(0, 1, 1) - at(0, 0, 1)];
      turns.add([...across, ...down].join());
      expect(at(15, 15, 0)).toBe(at(0, 0, 0) + 15 * (across[0]! + down[0]!));
      expect(at(15, 15, 1)).toBe(at(0, 0, 1) + 15 * (across[1]! + down[1]!));
    }
  }
  expect(turns.size).toBe(8);
});

test('an LR patch is the degraded HR patch at the same place, turned alike', async () => {
  for (const scale of [2, 3]) {
    const textured = await cacheOf([leaves(120, 120)], scale);
    const sampler = new PatchSampler(textured, [0], 3);
    const { lr, hr } = await sampler.batch(5, { patch: 16, batch: 6 });
    const side = 16 * scale;
    for (let n = 0; n < 6; n++) {
      const picture = blankPixels(side, side, 3);
      for (let i = 0; i < side * side; i++) {
        for (let c = 0; c < 3; c++) {
          picture.data[i * 3 + c] = Math.round(hr[(n * 3 + c) * side * side + i]! * 255);
        }
      }
      const small = degrade(picture, scale);
      // Away from the patch's border, where degrading the patch alone mirrors instead of seeing the photo.
      for (let y = 2; y < 14; y++) {
        for (let x = 2; x < 14; x++) {
          const value = lr[n * 768 + y * 16 + x]! * 255;
          expect(Math.abs(value - small.data[(y * 16 + x) * 3]!)).toBeLessThanOrEqual(1.001);
        }
      }
    }
  }
});

test('photos are drawn in proportion to their area', async () => {
  const sampler = new PatchSampler(cache, [0, 1], 1);
  let small = 0;
  for (let step = 0; step < 60; step++) {
    const { hr } = await sampler.batch(step, { patch: 8, batch: 16 });
    for (let n = 0; n < 16; n++) if (hr[n * 768 + 512]! > 0.5) small++;
  }
  const share = (80 * 60) / (80 * 60 + 200 * 160);
  expect(small / 960).toBeGreaterThan(share * 0.7);
  expect(small / 960).toBeLessThan(share * 1.3);
});

test('a batch depends on seed and step alone: order and memory do not matter', async () => {
  const sampler = new PatchSampler(cache, [0, 1], 7);
  const forgetful = await cacheOf([map(200, 160, 0), map(80, 60, 255)], 2, 1);
  const other = new PatchSampler(forgetful, [0, 1], 7);
  const first = await Promise.all([3, 4, 5].map((step) => sampler.batch(step, { patch: 8, batch: 4 })));
  for (const step of [5, 3, 4])
    expect(await other.batch(step, { patch: 8, batch: 4 })).toEqual(first[step - 3]);
  expect(first[0]).not.toEqual(first[1]);
  const reseeded = new PatchSampler(cache, [0, 1], 8);
  expect(await reseeded.batch(3, { patch: 8, batch: 4 })).not.toEqual(first[0]);
});

test('only the photos of the list are drawn', async () => {
  const sampler = new PatchSampler(cache, [1], 1);
  const { hr } = await sampler.batch(0, { patch: 8, batch: 16 });
  for (let n = 0; n < 16; n++) expect(hr[n * 768 + 512]).toBe(1);
});
