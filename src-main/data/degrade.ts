import { assert } from '../base/errors';
import { blankPixels, cropPixels, maxValue, type Pixels } from '../image/pixels';
import { Region } from '../image/region';

/**
 * MATLAB's `imresize(picture, [height, width], 'bicubic')`: a = -0.5, antialiased where it shrinks, mirrored edges.
 * Computed in floats and rounded once, to the depth that the picture has. Any number of channels.
 */
export function resizeBicubic(pixels: Pixels, width: number, height: number): Pixels {
  assert(width >= 1 && height >= 1, 'a resized picture has at least one pixel');
  const { channels, depth } = pixels;
  const rows = contributions(pixels.height, height);
  const columns = contributions(pixels.width, width);
  const out = blankPixels(width, height, channels, depth);
  const max = maxValue(pixels);
  // One row is filtered vertically at full width, mirrored into the margins, then filtered horizontally: no picture
  // of floats is ever held.
  const [left, right] = columns.margins;
  const line = new Float64Array((left + pixels.width + right) * channels);
  const body = line.subarray(left * channels, (left + pixels.width) * channels);
  for (let y = 0; y < height; y++) {
    filterRows(pixels, rows, y, body);
    mirrorMargins(line, pixels.width, left, right, channels);
    const target = out.data.subarray(y * width * channels, (y + 1) * width * channels);
    if (channels === 3) filterRgb(line, columns, max, target);
    else filterLine(line, columns, channels, max, target);
  }
  return out;
}

/** HR to LR for training and evaluation: bicubic, `scale` times smaller. The size must be a multiple of the scale. */
export function degrade(hr: Pixels, scale: number): Pixels {
  assert(hr.width % scale === 0 && hr.height % scale === 0, 'HR is cropped to a multiple of the scale first');
  return resizeBicubic(hr, hr.width / scale, hr.height / scale);
}

/** The top left part whose size is a multiple of the scale. */
export function cropToMultiple(pixels: Pixels, scale: number): Pixels {
  const { width, height } = pixels;
  return cropPixels(pixels, new Region(0, 0, width - (width % scale), height - (height % scale)));
}

interface Contributions {
  taps: number;
  /** First input pixel of each output pixel; may lie before 0 or reach past the end (mirrored there). */
  first: Int32Array;
  /** [outputs, taps], each row sums to 1. */
  weights: Float64Array;
  /** How far the taps reach past the two ends. */
  margins: [number, number];
}

/** MATLAB's `contributions`: which input pixels, with which weights, make each output pixel of one dimension. */
function contributions(inputs: number, outputs: number): Contributions {
  const scale = outputs / inputs;
  // The kernel is stretched by 1 / scale where the picture shrinks: that is the antialiasing.
  const stretch = Math.min(scale, 1);
  const support = 4 / stretch;
  const taps = Math.ceil(support);
  const first = new Int32Array(outputs);
  const weights = new Float64Array(outputs * taps);
  let [before, after] = [0, 0];
  for (let i = 0; i < outputs; i++) {
    const centre = (i + 0.5) / scale - 0.5;
    const start = Math.floor(centre - support / 2) + 1;
    first[i] = start;
    before = Math.max(before, -start);
    after = Math.max(after, start + taps - inputs);
    let sum = 0;
    for (let k = 0; k < taps; k++) sum += weights[i * taps + k] = cubic((centre - start - k) * stretch);
    for (let k = 0; k < taps; k++) weights[i * taps + k]! /= sum;
  }
  return { taps, first, weights, margins: [before, after] };
}

/** Keys' cubic kernel, a = -0.5. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t <= 1) return (1.5 * t - 2.5) * t * t + 1;
  return t <= 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/** Index of a pixel that lies past an end, in a row mirrored as `abc|cba|abc`. */
function mirror(index: number, length: number): number {
  const folded = ((index % (2 * length)) + 2 * length) % (2 * length);
  return folded < length ? folded : 2 * length - 1 - folded;
}

/** One output row at full input width. Four taps a pass keep the loads and stores of the sum few. */
function filterRows(pixels: Pixels, rows: Contributions, y: number, out: Float64Array): void {
  const { data, height } = pixels;
  const length = out.length;
  const start = rows.first[y]!;
  out.fill(0);
  for (let k = 0; k < rows.taps; k += 4) {
    const [r0, w0] = tap(k);
    const [r1, w1] = tap(k + 1);
    const [r2, w2] = tap(k + 2);
    const [r3, w3] = tap(k + 3);
    if (w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0) continue;
    for (let x = 0; x < length; x++) {
      out[x]! += w0 * data[r0 + x]! + w1 * data[r1 + x]! + w2 * data[r2 + x]! + w3 * data[r3 + x]!;
    }
  }

  function tap(k: number): [offset: number, weight: number] {
    return k < rows.taps ? [mirror(start + k, height) * length, rows.weights[y * rows.taps + k]!] : [0, 0];
  }
}

function mirrorMargins(line: Float64Array, width: number, left: number, right: number, channels: number) {
  for (let i = 0; i < left; i++) copy(i, left + mirror(i - left, width));
  for (let i = 0; i < right; i++) copy(left + width + i, left + mirror(width + i, width));

  function copy(to: number, from: number): void {
    for (let c = 0; c < channels; c++) line[to * channels + c] = line[from * channels + c]!;
  }
}

function filterRgb(
  line: Float64Array,
  columns: Contributions,
  max: number,
  out: Uint8Array | Uint16Array,
): void {
  const { taps, first, weights, margins } = columns;
  for (let x = 0, to = 0; x < first.length; x++, to += 3) {
    let from = (first[x]! + margins[0]) * 3;
    let [r, g, b] = [0, 0, 0];
    for (let k = x * taps; k < (x + 1) * taps; k++, from += 3) {
      const weight = weights[k]!;
      r += weight * line[from]!;
      g += weight * line[from + 1]!;
      b += weight * line[from + 2]!;
    }
    out[to] = quantise(r, max);
    out[to + 1] = quantise(g, max);
    out[to + 2] = quantise(b, max);
  }
}

function filterLine(
  line: Float64Array,
  columns: Contributions,
  channels: number,
  max: number,
  out: Uint8Array | Uint16Array,
): void {
  const { taps, first, weights, margins } = columns;
  for (let i = 0; i < out.length; i++) {
    const x = Math.floor(i / channels);
    let from = (first[x]! + margins[0]) * channels + (i % channels);
    let sum = 0;
    for (let k = x * taps; k < (x + 1) * taps; k++, from += channels) sum += weights[k]! * line[from]!;
    out[i] = quantise(sum, max);
  }
}

function quantise(value: number, max: number): number {
  return value <= 0 ? 0 : value >= max ? max : (value + 0.5) | 0;
}
