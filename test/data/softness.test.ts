import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resizeBicubic } from '../../src-main/data/degrade';
import { detailedCrop, mapDetail } from '../../src-main/data/detail';
import { loadRgb8 } from '../../src-main/data/prepare';
import { estimateReduction } from '../../src-main/data/softness';
import { blankPixels, type Pixels } from '../../src-main/image/pixels';
import { Region } from '../../src-main/image/region';
import { leaves } from '../image/samples';

const samples = join(import.meta.dirname, '../../resources/samples');
const photos = readdirSync(samples)
  .filter((name) => name.endsWith('.jpg'))
  .map((name) => join(samples, name));

function estimate(pixels: Pixels): number {
  return estimateReduction(pixels, mapDetail(pixels));
}

async function enlarged(path: string, factor: number): Promise<Pixels> {
  const photo = await loadRgb8(path);
  return resizeBicubic(photo, Math.round(photo.width * factor), Math.round(photo.height * factor));
}

test('sharp photos are left as they are', async () => {
  const found = [];
  for (const path of photos) found.push(estimate(await loadRgb8(path)));
  expect(found.filter((reduction) => reduction > 1)).toEqual([]);
});

test.each([1.5, 2, 3])('photos that were enlarged %f times are reduced by about that', async (factor) => {
  const found = [];
  for (const path of photos) found.push(estimate(await enlarged(path, factor)));
  const near = found.filter((reduction) => reduction >= factor / 1.51 && reduction <= factor * 1.51);
  expect(near.length, `found ${found.join(', ')}`).toBeGreaterThanOrEqual(photos.length - 1);
  expect(found.filter((reduction) => reduction > 1).length).toBeGreaterThanOrEqual(photos.length - 1);
});

test('pictures that are too small to judge, or blank, do not break it', () => {
  expect(estimate(leaves(40, 40))).toBe(1);
  expect(estimate(blankPixels(128, 128, 3))).toBe(1);
});

test('the most detailed crop is where something happens', () => {
  const picture = blankPixels(320, 160, 3);
  const part = leaves(64, 64);
  for (let y = 0; y < 64; y++) {
    picture.data.set(part.data.subarray(y * 192, (y + 1) * 192), ((y + 48) * 320 + 208) * 3);
  }
  const crop = detailedCrop(mapDetail(picture), picture, { width: 96, height: 96 });
  expect(crop.contains(new Region(208, 48, 64, 64))).toBe(true);
});
