import { decodePhoto } from '../image/decode';
import { cropPixels, toRgb8, type Pixels } from '../image/pixels';
import { Region } from '../image/region';
import { cropToMultiple, degrade, resizeBicubic } from './degrade';
import { detailedCrop, mapDetail } from './detail';
import { estimateReduction, type Reduction } from './softness';

/** How one photo becomes training material; plain JSON, so that it can be kept and repeated. */
export interface Recipe {
  /** The crop is reduced by this factor, so that it is sharp at 1:1. */
  reducedBy: Reduction;
  /** In pixels of the upright photo. */
  crop: { x: number; y: number; width: number; height: number };
}

/** HR and LR of a photo, 8-bit RGB; HR is exactly `scale` times as large. */
export interface PhotoPair {
  hr: Pixels;
  lr: Pixels;
}

/** Decodes a photo as training and evaluation see it: upright 8-bit RGB. UserError as in `decodePhoto`. */
export async function loadRgb8(path: string): Promise<Pixels> {
  return toRgb8((await decodePhoto(path)).pixels);
}

/** Decides on reduction and crop of a photo: the most detailed part that has at most `cropArea` pixels once reduced. */
export function chooseRecipe(pixels: Pixels, cropArea: number): Recipe {
  const map = mapDetail(pixels);
  const reducedBy = estimateReduction(pixels, map);
  const { x, y, width, height } = detailedCrop(map, pixels, cropSize(pixels, cropArea * reducedBy ** 2));
  return { reducedBy, crop: { x, y, width, height } };
}

/** A crop of at most `area` pixels, 1056 : 736 or upright as the photo is, longer where the photo is narrow. */
function cropSize({ width, height }: Pixels, area: number): { width: number; height: number } {
  if (width * height <= area) return { width, height };
  const aspect = width >= height ? 1056 / 736 : 736 / 1056;
  const first = Math.min(width, Math.round(Math.sqrt(area * aspect)));
  const cropHeight = Math.min(height, Math.floor(area / first));
  return { width: Math.min(width, Math.floor(area / cropHeight)), height: cropHeight };
}

/** Size of the HR picture that a recipe gives. */
export function hrSize({ reducedBy, crop }: Recipe, scale: number): { width: number; height: number } {
  const multiple = (length: number): number => Math.floor(Math.round(length / reducedBy) / scale) * scale;
  return { width: multiple(crop.width), height: multiple(crop.height) };
}

/** Follows a recipe: crop, reduce, cut to a multiple of the scale, degrade. */
export function followRecipe(pixels: Pixels, { reducedBy, crop }: Recipe, scale: number): PhotoPair {
  const cut = cropPixels(pixels, new Region(crop.x, crop.y, crop.width, crop.height));
  const sharp =
    reducedBy === 1
      ? cut
      : resizeBicubic(cut, Math.round(crop.width / reducedBy), Math.round(crop.height / reducedBy));
  const hr = cropToMultiple(sharp, scale);
  return { hr, lr: degrade(hr, scale) };
}
