import { differenceCiede2000, type Rgb } from 'culori';

const difference = differenceCiede2000();

/** The colour of 8-bit sRGB samples at `i`. */
const colour = (rgb: Uint8Array, i: number): Rgb => ({
  mode: 'rgb',
  r: rgb[i]! / 255,
  g: rgb[i + 1]! / 255,
  b: rgb[i + 2]! / 255,
});

/** Mean CIEDE2000 of two pictures of one size as interleaved 8-bit sRGB; of large ones, of pixels spread evenly. */
export function meanDifference(a: Uint8Array, b: Uint8Array): number {
  const pixels = a.length / 3;
  const step = Math.max(1, Math.floor(pixels / 20_000));
  let [sum, count] = [0, 0];
  for (let pixel = 0; pixel < pixels; pixel += step, count++)
    sum += difference(colour(a, 3 * pixel), colour(b, 3 * pixel));
  return sum / count;
}
