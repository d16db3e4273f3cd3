import { blankPixels, type Pixels } from '../image/pixels';
import { rowsOf } from '../image/rows';
import { upscaleRows } from './upscaleRows';

/** A network as tiling sees it. */
export interface UpscaleNet {
  /** Upscaling factor. */
  scale: number;
  /** How far, in pixels of the small picture, an output pixel looks: its receptive radius. */
  radius: number;
  /** Side of the tile's core that it is fastest with, in pixels of the small picture. */
  tile?: number;
  /** How many tiles of one size it is run on at once (default 1). */
  batch?: number;
  /** RGB planes [n, 3, h, w] in 0..1 to [n, 3, h * scale, w * scale], n being 1 unless `batch` says more. */
  run(planes: Float32Array, height: number, width: number): Promise<Float32Array>;
}

export interface UpscaleOptions {
  /** Largest side of a tile's core, in pixels of the small picture (default: the network's, else 256). */
  tile?: number;
  /** Pixels around a core that the network sees too (default and least: the network's radius). */
  overlap?: number;
  signal?: AbortSignal;
  /** Told the part of the picture, 0..1, that is done. */
  onPart?: (part: number) => void;
}

/** {@link upscaleRows} of a picture that is in memory as a whole. */
export async function upscaleImage(
  pixels: Pixels,
  net: UpscaleNet,
  options: UpscaleOptions = {},
): Promise<Pixels> {
  const { width, height, channels, depth } = pixels;
  const out = blankPixels(width * net.scale, height * net.scale, channels, depth);
  await upscaleRows(rowsOf(pixels), net, rowsOf(out), options);
  return out;
}
