import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blankPixels, cropPixels, toPlanes, toRgb8, writePlanes } from '../../src-main/image/pixels';
import { Region } from '../../src-main/image/region';
import { bytes, noise } from './samples';

test('planes written back give the same samples, for every kind of picture', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(1, 2, 3, 4),
      fc.constantFrom(8, 16),
      (width, height, channels, depth) => {
        const pixels = noise(width, height, channels, depth);
        const whole = Region.of(pixels);
        const copy = blankPixels(width, height, channels, depth);
        writePlanes({ data: toPlanes(pixels, whole), width, height }, whole, copy, 0, 0);
        if (channels % 2 === 0) {
          const alpha = { data: toPlanes(pixels, whole, 'alpha'), width, height };
          writePlanes(alpha, whole, copy, 0, 0, 'alpha');
        }
        expect(bytes(copy).equals(bytes(pixels))).toBe(true);
      },
    ),
  );
});

test('a region is read and written at its place', () => {
  const pixels = noise(7, 5);
  const region = new Region(2, 1, 3, 2);
  const planes = toPlanes(pixels, region);
  expect(planes[0]).toBeCloseTo(pixels.data[(1 * 7 + 2) * 3]! / 255, 6);
  expect(planes[6 + 4]).toBeCloseTo(pixels.data[(2 * 7 + 3) * 3 + 1]! / 255, 6);
  const target = blankPixels(7, 5, 3);
  writePlanes({ data: planes, width: 3, height: 2 }, new Region(1, 0, 2, 2), target, 3, 1);
  expect(bytes(cropPixels(target, new Region(3, 1, 2, 2)))).toEqual(
    bytes(cropPixels(pixels, new Region(3, 1, 2, 2))),
  );
  expect(target.data[0]).toBe(0);
});

test('values beyond 0..1 are clamped, others rounded to the nearest', () => {
  const target = blankPixels(4, 1, 3);
  const row = [-0.5, 1.5, 100.4 / 255, 100.6 / 255];
  writePlanes(
    { data: Float32Array.from([...row, ...row, ...row]), width: 4, height: 1 },
    new Region(0, 0, 4, 1),
    target,
    0,
    0,
  );
  expect([...target.data].filter((_, i) => i % 3 === 0)).toEqual([0, 255, 100, 101]);
});

test('8-bit RGB of a grey, an RGBA and a 16-bit picture', () => {
  const grey = { width: 1, height: 1, channels: 2, depth: 8, data: Uint8Array.of(7, 9) } as const;
  expect([...toRgb8(grey).data]).toEqual([7, 7, 7]);
  const rgba = { width: 1, height: 1, channels: 4, depth: 8, data: Uint8Array.of(1, 2, 3, 4) } as const;
  expect([...toRgb8(rgba).data]).toEqual([1, 2, 3]);
  const wide = {
    width: 1,
    height: 1,
    channels: 3,
    depth: 16,
    data: Uint16Array.of(0, 257 * 99, 65535),
  } as const;
  expect([...toRgb8(wide).data]).toEqual([0, 99, 255]);
});
