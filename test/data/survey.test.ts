import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cancelled } from '../../src-main/base/errors';
import { degrade, resizeBicubic } from '../../src-main/data/degrade';
import { PhotoCache } from '../../src-main/data/photoCache';
import { loadRgb8 } from '../../src-main/data/prepare';
import { surveyPhotos } from '../../src-main/data/survey';
import { encodePhoto } from '../../src-main/image/encode';
import { largestDifference, leaves, noise, temporaryFolder } from '../image/samples';

const folder = temporaryFolder();
const { signal } = new AbortController();
const samples = join(import.meta.dirname, '../../resources/samples');
const sample = (name: string): string => join(samples, name);

async function write(name: string, pixels: Parameters<typeof encodePhoto>[0]): Promise<string> {
  const path = join(folder, name);
  await encodePhoto(pixels, {}, path, { format: 'png' });
  return path;
}

test('what was done with each photo is told; bad ones are left out by name', async () => {
  const cut = join(folder, 'cut.jpg');
  writeFileSync(cut, readFileSync(sample('larch.jpg')).subarray(0, 9000));
  const text = join(folder, 'text.jpg');
  writeFileSync(text, 'no picture');
  const small = await write('small.png', leaves(60, 200));
  const copy = join(folder, 'copy.jpg');
  copyFileSync(sample('larch.jpg'), copy);
  const paths = [sample('larch.jpg'), cut, text, small, copy, sample('red-panda.jpg')];
  const { reports, cache } = await surveyPhotos(paths, { scale: 2, patch: 32, signal });
  expect(reports.map(({ path, used }) => [path, used])).toEqual([
    [paths[0], true],
    [cut, false],
    [text, false],
    [small, false],
    [copy, false],
    [paths[5], true],
  ]);
  expect(reports[0]).toMatchObject({ reducedBy: 1, crop: { x: 0, y: 0, width: 640, height: 427 } });
  expect(reports[1]!.reason).toContain(`${cut} is damaged`);
  expect(reports[2]!.reason).toContain(`${text} is not a picture`);
  expect(reports[3]!.reason).toBe(`${small} is 60x200 pixels; training needs 64x64.`);
  expect(reports[4]!.reason).toContain(`is the same picture as ${paths[0]!}`);
  expect(cache.photos.map(({ path }) => path)).toEqual([paths[0], paths[5]]);
});

test('a soft photo is reduced, the crop is within its size, LR is the degraded HR', async () => {
  const photo = await loadRgb8(sample('stonehenge.jpg'));
  const soft = await write('soft.png', resizeBicubic(photo, photo.width * 2, photo.height * 2));
  const area = 300 * 200;
  const { reports, cache } = await surveyPhotos([soft], { scale: 3, patch: 20, cropPixels: area, signal });
  const { reducedBy, crop } = reports[0]!;
  expect(reducedBy).toBe(2);
  expect(crop!.width * crop!.height).toBeLessThanOrEqual(area * 4);
  const { hr, lr } = await cache.get(0);
  expect(hr.width * hr.height).toBeLessThanOrEqual(area);
  expect(cache.size(0)).toEqual({ width: hr.width, height: hr.height });
  expect(hr.width % 3).toBe(0);
  expect(largestDifference(lr, degrade(hr, 3))).toBe(0);
});

test('at most so many photos are looked at, the same for the same seed, in their order', async () => {
  const paths = readdirSync(samples)
    .filter((name) => name.endsWith('.jpg'))
    .map(sample);
  const options = { scale: 2, patch: 32, maxPhotos: 3, cropPixels: 200 * 200, signal };
  const first = await surveyPhotos(paths, options);
  const again = await surveyPhotos(paths, options);
  expect(first.reports).toEqual(again.reports);
  expect(first.reports).toHaveLength(3);
  const order = first.reports.map(({ path }) => paths.indexOf(path));
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

test('a cache that forgets gives the same pictures and stays within its bytes', async () => {
  const paths = await Promise.all(
    [1, 2, 3, 4].map((seed) => write(`leaf-${seed}.png`, leaves(128, 96, seed))),
  );
  const options = { scale: 2, patch: 16, signal };
  const { cache } = await surveyPhotos(paths, options);
  const one = 128 * 96 * 3 * 1.25;
  const forgetful = new PhotoCache(cache.photos, 2, 2 * one);
  for (const index of [0, 1, 2, 3, 0, 3, 1]) {
    const [a, b] = [await cache.get(index), await forgetful.get(index)];
    expect(largestDifference(a.hr, b.hr)).toBe(0);
    expect(largestDifference(a.lr, b.lr)).toBe(0);
  }
  // Held pictures are the same objects, forgotten ones are made anew.
  expect((await forgetful.get(1)).hr).toBe((await forgetful.get(1)).hr);
  const before = (await forgetful.get(0)).hr;
  await forgetful.get(2);
  await forgetful.get(3);
  expect((await forgetful.get(0)).hr).not.toBe(before);
});

test('two requests at once prepare a photo once', async () => {
  const path = await write('once.png', leaves(128, 96, 9));
  const recipe = { reducedBy: 1, crop: { x: 0, y: 0, width: 128, height: 96 } } as const;
  const cache = new PhotoCache([{ path, recipe }], 2);
  cache.prefetch(0);
  const [a, b] = await Promise.all([cache.get(0), cache.get(0)]);
  expect(a.hr).toBe(b.hr);
});

test('progress rises to the whole, and cancelling ends the survey', async () => {
  const paths = [await write('p1.png', noise(70, 70)), await write('p2.png', noise(71, 70))];
  const fractions: number[] = [];
  const options = {
    scale: 2,
    patch: 16,
    onProgress: (p: { fraction: number }) => void fractions.push(p.fraction),
  };
  await surveyPhotos(paths, { ...options, signal });
  expect(fractions).toEqual([0.5, 1]);
  await expect(surveyPhotos(paths, { ...options, signal: AbortSignal.abort() })).rejects.toThrow(Cancelled);
});
