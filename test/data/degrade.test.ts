import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cropToMultiple, degrade, resizeBicubic } from '../../src-main/data/degrade';
import { blankPixels, type Pixels } from '../../src-main/image/pixels';
import { leaves, noise } from '../image/samples';

test('the weights of halving are those of MATLAB', () => {
  // One bright column on grey shows the weights: round(100 + 128 * w).
  const picture = blankPixels(32, 2, 3);
  picture.data.fill(100);
  for (const row of [0, 1]) picture.data.set([228, 228, 228], (row * 32 + 16) * 3);
  const half = resizeBicubic(picture, 16, 1);
  const weights = [-0.01171875, 0.11328125, 0.43359375, -0.03515625];
  const row = Array.from({ length: 16 }, (_, x) => half.data[x * 3]!);
  expect(row.slice(6, 10)).toEqual(weights.map((weight) => Math.round(100 + 128 * weight)));
});

test('any size is the sum that MATLAB defines, in both directions', () => {
  const side = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(side, side, side, side, fc.constantFrom(1, 3, 4), (width, height, w, h, channels) => {
      const pixels = noise(width, height, channels);
      const exact = unrounded(pixels, w, h);
      // Half a level, and a hair for sums that lie between two levels.
      resizeBicubic(pixels, w, h).data.forEach((value, i) => {
        expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(0.5 + 1e-9);
      });
    }),
    { numRuns: 150 },
  );
});

test('flat pictures stay flat and 16 bits stay 16', () => {
  const picture = blankPixels(13, 9, 3, 16);
  picture.data.fill(54321);
  const out = resizeBicubic(picture, 5, 20);
  expect(out.depth).toBe(16);
  expect(out.data.every((value) => value === 54321)).toBe(true);
});

test('HR is cut to a multiple of the scale, from the right and below', () => {
  const hr = cropToMultiple(leaves(31, 22), 4);
  expect([hr.width, hr.height]).toEqual([28, 20]);
  expect(degrade(hr, 4)).toMatchObject({ width: 7, height: 5 });
  expect(() => degrade(leaves(31, 22), 4)).toThrow('multiple of the scale');
});

/** The definition, pixel by pixel: weights over all input pixels and their mirror images. */
function unrounded(pixels: Pixels, width: number, height: number): number[] {
  const { channels } = pixels;
  const out: number[] = [];
  const [columns, rows] = [weightsOf(pixels.width, width), weightsOf(pixels.height, height)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (const [row, a] of rows[y]!) {
          for (const [column, b] of columns[x]!) {
            sum += a * b * pixels.data[(row * pixels.width + column) * channels + c]!;
          }
        }
        out.push(Math.min(255, Math.max(0, sum)));
      }
    }
  }
  return out;
}

function weightsOf(inputs: number, outputs: number): [index: number, weight: number][][] {
  const scale = outputs / inputs;
  const kernel = (x: number): number => {
    const t = Math.abs(Math.min(scale, 1) * x);
    if (t <= 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1;
    return t <= 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
  };
  return Array.from({ length: outputs }, (_, i) => {
    // MATLAB counts from 1.
    const u = (i + 1) / scale + 0.5 * (1 - 1 / scale);
    const taps: [number, number][] = [];
    for (let j = -6 * (inputs + 12); j <= 6 * (inputs + 12); j++) {
      const weight = kernel(u - j);
      if (weight === 0) continue;
      const period = (((j - 1) % (2 * inputs)) + 2 * inputs) % (2 * inputs);
      taps.push([period < inputs ? period : 2 * inputs - 1 - period, weight]);
    }
    const sum = taps.reduce((total, [, weight]) => total + weight, 0);
    return taps.map(([index, weight]) => [index, weight / sum]);
  });
}
