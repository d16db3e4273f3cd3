import { assert } from '../base/errors';
import { Region } from './region';

/** A decoded picture: interleaved rows (HWC). Channels: 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha (not premultiplied). */
export interface Pixels {
  width: number;
  height: number;
  channels: 1 | 2 | 3 | 4;
  /** Bits per sample; `data` is a Uint8Array for 8 and a Uint16Array for 16. */
  depth: 8 | 16;
  data: Uint8Array | Uint16Array;
}

/** A black (and, with alpha, transparent) picture. */
export function blankPixels(
  width: number,
  height: number,
  channels: Pixels['channels'],
  depth: Pixels['depth'] = 8,
): Pixels {
  const length = width * height * channels;
  return {
    width,
    height,
    channels,
    depth,
    data: depth === 8 ? new Uint8Array(length) : new Uint16Array(length),
  };
}

export function hasAlpha(pixels: Pick<Pixels, 'channels'>): boolean {
  return pixels.channels === 2 || pixels.channels === 4;
}

export function isGrey(pixels: Pick<Pixels, 'channels'>): boolean {
  return pixels.channels <= 2;
}

/** The largest sample value: 255 or 65535. */
export function maxValue(pixels: Pick<Pixels, 'depth'>): number {
  return pixels.depth === 8 ? 255 : 65535;
}

/** The number of colour channels, alpha left out: 1 or 3. */
function colourChannels(pixels: Pixels): 1 | 3 {
  return isGrey(pixels) ? 1 : 3;
}

/** What of a picture goes through a network: colours as they are, colours times alpha, or the alpha as a grey picture. */
export type PlaneKind = 'colour' | 'premultiplied' | 'alpha';

/** Reads a region as planar floats [3, h, w] in 0..1. Grey is repeated three times, since networks take RGB. */
export function toPlanes(pixels: Pixels, region: Region, source: PlaneKind = 'colour'): Float32Array {
  assert(Region.of(pixels).contains(region), 'a region to read lies inside its picture');
  const { data, channels } = pixels;
  const area = region.area;
  const factor = 1 / maxValue(pixels);
  const rgb = source !== 'alpha' && colourChannels(pixels) === 3;
  const first = source === 'alpha' ? channels - 1 : 0;
  const toAlpha = channels - 1;
  const planes = new Float32Array(3 * area);
  let to = 0;
  for (let y = region.y; y < region.bottom; y++) {
    let from = (y * pixels.width + region.x) * channels + first;
    for (let x = 0; x < region.width; x++, to++, from += channels) {
      const weight = source === 'premultiplied' ? data[from + toAlpha]! * factor * factor : factor;
      planes[to] = data[from]! * weight;
      if (rgb) {
        planes[to + area] = data[from + 1]! * weight;
        planes[to + 2 * area] = data[from + 2]! * weight;
      }
    }
  }
  if (!rgb) {
    planes.copyWithin(area, 0, area);
    planes.copyWithin(2 * area, 0, area);
  }
  return planes;
}

/** Planar floats [3, height, width] in 0..1, as a network returns them. */
export interface Planes {
  data: Float32Array;
  width: number;
  height: number;
}

/**
 * Writes the part `crop` of planar floats to `target` with its top left corner at (x, y), clamped and rounded.
 * A grey target takes the luma (BT.601) of the three planes; `into: 'alpha'` writes that luma to the alpha channel.
 * Premultiplied colours are divided by the target's alpha, which must be there already; what is transparent gets black.
 */
export function writePlanes(
  planes: Planes,
  crop: Region,
  target: Pixels,
  x: number,
  y: number,
  into: PlaneKind = 'colour',
): void {
  assert(Region.of(planes).contains(crop), 'a crop to write lies inside its planes');
  assert(
    Region.of(target).contains(new Region(x, y, crop.width, crop.height)),
    'a region to write lies inside its picture',
  );
  const { data, channels } = target;
  const { data: values, width } = planes;
  const area = planes.width * planes.height;
  const max = maxValue(target);
  const rgb = into !== 'alpha' && colourChannels(target) === 3;
  const first = into === 'alpha' ? channels - 1 : 0;
  const toAlpha = channels - 1;
  for (let row = 0; row < crop.height; row++) {
    let from = (crop.y + row) * width + crop.x;
    let to = ((y + row) * target.width + x) * channels + first;
    for (let column = 0; column < crop.width; column++, from++, to += channels) {
      const alpha = into === 'premultiplied' ? data[to + toAlpha]! / max : 1;
      const share = alpha > 0 ? 1 / alpha : 0;
      const r = values[from]! * share;
      const g = values[from + area]! * share;
      const b = values[from + 2 * area]! * share;
      if (rgb) {
        data[to] = quantise(r, max);
        data[to + 1] = quantise(g, max);
        data[to + 2] = quantise(b, max);
      } else data[to] = quantise(0.299 * r + 0.587 * g + 0.114 * b, max);
    }
  }
}

function quantise(value: number, max: number): number {
  const scaled = value * max + 0.5;
  return scaled < 0.5 ? 0 : scaled >= max ? max : scaled | 0;
}

/** 8-bit RGB, as training and evaluation see every photo: grey repeated, alpha dropped, 16 bits rounded to 8. */
export function toRgb8(pixels: Pixels): Pixels {
  if (pixels.channels === 3 && pixels.depth === 8) return pixels;
  const { width, height, channels, data, depth } = pixels;
  const out = blankPixels(width, height, 3);
  const step = colourChannels(pixels) === 3 ? 1 : 0;
  const divisor = depth === 16 ? 257 : 1;
  for (let i = 0, from = 0, to = 0; i < width * height; i++, from += channels, to += 3) {
    out.data[to] = Math.round(data[from]! / divisor);
    out.data[to + 1] = Math.round(data[from + step]! / divisor);
    out.data[to + 2] = Math.round(data[from + 2 * step]! / divisor);
  }
  return out;
}

/** A copy of the region's pixels; the picture itself when the region is the whole of it. */
export function cropPixels(pixels: Pixels, region: Region): Pixels {
  const whole = Region.of(pixels);
  assert(whole.contains(region), 'a crop lies inside its picture');
  if (whole.equals(region)) return pixels;
  const { width, channels, depth } = pixels;
  const out = blankPixels(region.width, region.height, channels, depth);
  for (let row = 0; row < region.height; row++) {
    const from = ((region.y + row) * width + region.x) * channels;
    const line = pixels.data.subarray(from, from + region.width * channels);
    out.data.set(line, row * region.width * channels);
  }
  return out;
}

/** The bytes of a buffer, without a copy. */
export function bytesOf(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}
