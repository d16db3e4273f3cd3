import { expect, test } from 'vitest';
import { psnrY, ssimY } from '../../src-main/image/metrics';
import { blankPixels, cropPixels, type Pixels } from '../../src-main/image/pixels';
import { Region } from '../../src-main/image/region';
import { leaves, noise } from './samples';

function flat(value: number): Pixels {
  const pixels = blankPixels(16, 16, 3);
  pixels.data.fill(value);
  return pixels;
}

test('PSNR of two flat pictures, by hand: Y differs by 10 * 219 / 255', () => {
  const difference = (10 * (65.481 + 128.553 + 24.966)) / 255;
  expect(psnrY(flat(100), flat(110), 0)).toBeCloseTo(20 * Math.log10(255 / difference), 9);
});

test('equal pictures have a PSNR of 100 dB, which means can hold, and an SSIM of 1', () => {
  expect(psnrY(flat(3), flat(3), 2)).toBe(100);
  expect(ssimY(leaves(40, 30), leaves(40, 30), 2)).toBeCloseTo(1, 12);
});

test('the border is shaved: what differs only there does not count', () => {
  const [a, b] = [noise(20, 20), noise(20, 20)];
  b.data[0] = 255 - b.data[0]!;
  expect(psnrY(a, b, 0)).toBeLessThan(100);
  expect(psnrY(a, b, 1)).toBe(100);
  const inner = new Region(2, 2, 16, 16);
  const other = noise(20, 20, 3, 8, 2);
  expect(psnrY(a, other, 2)).toBe(psnrY(cropPixels(a, inner), cropPixels(other, inner), 0));
});

test('SSIM is that of the definition, window by window', () => {
  const [a, b] = [leaves(14, 13, 1), leaves(14, 13, 2)];
  expect(ssimY(a, b, 0)).toBeCloseTo(naiveSsim(a, b), 10);
});

function naiveSsim(a: Pixels, b: Pixels): number {
  const y = (p: Pixels, i: number) =>
    16 + (65.481 * p.data[3 * i]! + 128.553 * p.data[3 * i + 1]! + 24.966 * p.data[3 * i + 2]!) / 255;
  const weights: number[] = [];
  for (let j = -5; j <= 5; j++) {
    for (let i = -5; i <= 5; i++) weights.push(Math.exp(-(i * i + j * j) / 4.5));
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const values: number[] = [];
  for (let top = 0; top + 11 <= a.height; top++) {
    for (let left = 0; left + 11 <= a.width; left++) {
      const at = (k: number) => (top + Math.floor(k / 11)) * a.width + left + (k % 11);
      const mean = (f: (k: number) => number) =>
        weights.reduce((sum, weight, k) => sum + (weight / total) * f(k), 0);
      const [ma, mb] = [mean((k) => y(a, at(k))), mean((k) => y(b, at(k)))];
      const va = mean((k) => (y(a, at(k)) - ma) ** 2);
      const vb = mean((k) => (y(b, at(k)) - mb) ** 2);
      const vab = mean((k) => (y(a, at(k)) - ma) * (y(b, at(k)) - mb));
      const [c1, c2] = [6.5025, 58.5225];
      values.push(((2 * ma * mb + c1) * (2 * vab + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2)));
    }
  }
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
