import type { Pixels } from '../image/pixels';
import { detailBlock, detailedWindows, type DetailMap } from './detail';
import { fft2 } from './fft';

/** By how much a photo may be reduced so that it is sharp at 1:1. */
const reductions = [1, 1.5, 2, 3, 4] as const;
export type Reduction = (typeof reductions)[number];

const size = 64;
const windowCount = 24;

/**
 * The drop, in dB, that a sharp photo's spectrum stays above. Calibrated on 368 photos known to be sharp and 74 of them
 * enlarged: 2 % of the sharp ones fall below, 96 % of those enlarged 1.5 times and all that were enlarged 2 or 3 times do;
 * 8 of 10 are then reduced by just the factor of their enlargement, the others by a neighbouring one.
 */
const softDrop = -8;

/**
 * Estimates from its spectrum how far a photo must be reduced until it is sharp at 1:1: demosaicing, noise reduction,
 * defocus and JPEG leave the highest frequencies empty, and a network trained on such photos learns to blur.
 *
 * Natural pictures have power ~ 1/f^2, so f^2 times the power is about flat. Over the most detailed windows, its mean
 * level (in dB) near the Nyquist frequency (0.36..0.44 cycles per pixel) is compared with that in the octave 1/8..1/4. Reducing
 * by r moves the Nyquist frequency to 1/(2r): the smallest r whose own top is not lower than `softDrop` is taken.
 * Noise fills the top as detail does, so a noisy photo counts as sharp. Photos below 64x64 are taken as they are.
 */
export function estimateReduction(pixels: Pixels, map: DetailMap): Reduction {
  const level = whitenedSpectrum(pixels, map);
  if (!level) return 1;
  for (const reduction of reductions) {
    const top = meanLevel(level, 23 / reduction, 28 / reduction);
    const below = meanLevel(level, 8 / reduction, 16 / reduction);
    if (top - below >= softDrop) return reduction;
  }
  return 4;
}

/** f^2 times the mean power in dB, by radius 0..32 in cycles per 64 pixels. */
function whitenedSpectrum(pixels: Pixels, map: DetailMap): Float64Array | undefined {
  const windows = detailedWindows(map, size / detailBlock, windowCount);
  if (windows.length === 0) return undefined;
  const power = new Float64Array(size / 2 + 1);
  const re = new Float64Array(size * size);
  const im = new Float64Array(size * size);
  for (const { x, y } of windows) {
    readWindow(pixels, x, y, re);
    im.fill(0);
    fft2(re, im, size);
    for (let i = 0; i < re.length; i++) {
      const ring = rings[i]!;
      if (ring < power.length) power[ring]! += re[i]! * re[i]! + im[i]! * im[i]!;
    }
  }
  // The small constant keeps the logarithm of a blank picture finite.
  return power.map((sum, ring) => 10 * Math.log10((sum * ring * ring) / ringCounts[ring]! + 1e-6));
}

/** Luma of one window, mean taken off, tapered by Hann so that its edges do not count as detail. */
function readWindow({ width, data }: Pixels, x: number, y: number, out: Float64Array): void {
  let sum = 0;
  for (let row = 0; row < size; row++) {
    let from = ((y + row) * width + x) * 3;
    for (let column = 0; column < size; column++, from += 3) {
      const value = 0.299 * data[from]! + 0.587 * data[from + 1]! + 0.114 * data[from + 2]!;
      out[row * size + column] = value;
      sum += value;
    }
  }
  const mean = sum / (size * size);
  for (let i = 0; i < out.length; i++) out[i] = (out[i]! - mean) * hann[i % size]! * hann[(i / size) | 0]!;
}

/** Mean over radii from..to (not whole numbers), interpolated between the rings. */
function meanLevel(level: Float64Array, from: number, to: number): number {
  const samples = 24;
  let sum = 0;
  for (let i = 0; i <= samples; i++) {
    const radius = from + ((to - from) * i) / samples;
    const ring = Math.min(Math.floor(radius), level.length - 2);
    sum += level[ring]! + (radius - ring) * (level[ring + 1]! - level[ring]!);
  }
  return sum / (samples + 1);
}

const hann = Float64Array.from(
  { length: size },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / size),
);

/** The rounded radius of each frequency of a window. */
const rings = Uint8Array.from({ length: size * size }, (_, i) => {
  const [x, y] = [i % size, Math.floor(i / size)];
  return Math.round(Math.hypot(Math.min(x, size - x), Math.min(y, size - y)));
});

const ringCounts = rings.reduce((counts, ring) => {
  counts[ring]! += 1;
  return counts;
}, new Float64Array(size));
