import { assert } from '../base/errors';
import type { Pixels } from './pixels';

/** Of equal pictures, as blank pages are: infinity would spoil means, and JSON cannot hold it. */
const mostDecibels = 100;

/**
 * Peak signal-to-noise ratio in dB, at most 100, on unrounded BT.601 luma (16..235; BasicSR's convention) of two 8-bit RGB
 * pictures of one size, with `cropBorder` pixels shaved off each side.
 */
export function psnrY(a: Pixels, b: Pixels, cropBorder: number): number {
  const [x, y] = lumaPair(a, b, cropBorder);
  let sum = 0;
  for (let i = 0; i < x.data.length; i++) {
    const d = x.data[i]! - y.data[i]!;
    sum += d * d;
  }
  return Math.min(mostDecibels, 10 * Math.log10((255 * 255 * x.data.length) / sum));
}

/**
 * Structural similarity (Wang et al. 2004) on the same luma: 11x11 Gaussian of sigma 1.5, whole windows only, mean over
 * the map. The pictures must be at least 11x11 after the border is shaved.
 */
export function ssimY(a: Pixels, b: Pixels, cropBorder: number): number {
  const [x, y] = lumaPair(a, b, cropBorder);
  assert(x.width >= 11 && x.height >= 11, `SSIM needs 11x11 pixels, got ${x.width}x${x.height}`);
  const c1 = (0.01 * 255) ** 2;
  const c2 = (0.03 * 255) ** 2;
  const [mx, my] = [gaussian(x), gaussian(y)];
  const [xx, yy, xy] = [gaussian(product(x, x)), gaussian(product(y, y)), gaussian(product(x, y))];
  let sum = 0;
  for (let i = 0; i < mx.length; i++) {
    const [m, n] = [mx[i]!, my[i]!];
    const luminance = (2 * m * n + c1) / (m * m + n * n + c1);
    sum += (luminance * (2 * (xy[i]! - m * n) + c2)) / (xx[i]! - m * m + (yy[i]! - n * n) + c2);
  }
  return sum / mx.length;
}

interface Plane {
  width: number;
  height: number;
  data: Float64Array;
}

function lumaPair(a: Pixels, b: Pixels, border: number): [Plane, Plane] {
  assert(a.width === b.width && a.height === b.height, 'two pictures to compare have one size');
  return [luma(a, border), luma(b, border)];
}

/** BT.601 studio-range Y (16..235), border shaved. */
function luma(pixels: Pixels, border: number): Plane {
  assert(pixels.channels === 3 && pixels.depth === 8, 'metrics compare 8-bit RGB');
  const width = pixels.width - 2 * border;
  const height = pixels.height - 2 * border;
  assert(width > 0 && height > 0, 'a picture is larger than the border that is shaved');
  const data = new Float64Array(width * height);
  let to = 0;
  for (let y = 0; y < height; y++) {
    let from = ((y + border) * pixels.width + border) * 3;
    for (let x = 0; x < width; x++, from += 3) {
      const [r, g, b] = [pixels.data[from]!, pixels.data[from + 1]!, pixels.data[from + 2]!];
      data[to++] = (65.481 * r + 128.553 * g + 24.966 * b) / 255 + 16;
    }
  }
  return { width, height, data };
}

function product(a: Plane, b: Plane): Plane {
  return { ...a, data: a.data.map((value, i) => value * b.data[i]!) };
}

const window11 = (() => {
  const weights = Array.from({ length: 11 }, (_, i) => Math.exp(-((i - 5) ** 2) / (2 * 1.5 * 1.5)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return Float64Array.from(weights, (weight) => weight / sum);
})();

/** Separable 11x11 Gaussian over the whole windows only: [height - 10, width - 10]. */
function gaussian({ width, height, data }: Plane): Float64Array {
  const outWidth = width - 10;
  const rows = new Float64Array(height * outWidth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let k = 0; k < 11; k++) sum += window11[k]! * data[y * width + x + k]!;
      rows[y * outWidth + x] = sum;
    }
  }
  const out = new Float64Array((height - 10) * outWidth);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < 11; k++) sum += window11[k]! * rows[i + k * outWidth]!;
    out[i] = sum;
  }
  return out;
}
