import { resizeBicubic } from '../data/degrade';
import type { PhotoCache } from '../data/photoCache';
import type { Pixels } from '../image/pixels';
import { psnrY } from '../image/metrics';
import { upscaleImage, type UpscaleNet } from '../tiling/upscaleImage';

/** Of pictures that are equal: a blank page is upscaled without any error, and a mean must stay finite. */
const mostDecibels = 100;

const psnr = (pixels: Pixels, hr: Pixels, scale: number): number =>
  Math.min(mostDecibels, psnrY(pixels, hr, scale));

/** Mean PSNR on Y in dB over whole held-out photos (METHOD part D), of a network and of bicubic upscaling. */
export async function heldOutQuality(
  cache: PhotoCache,
  heldOut: readonly number[],
  net: UpscaleNet,
  signal: AbortSignal,
): Promise<{ model: number; bicubic: number }> {
  let [model, bicubic] = [0, 0];
  for (const index of heldOut) {
    const { lr, hr } = await cache.get(index);
    model += psnr(await upscaleImage(lr, net, { signal }), hr, cache.scale);
    bicubic += psnr(resizeBicubic(lr, hr.width, hr.height), hr, cache.scale);
  }
  return { model: model / heldOut.length, bicubic: bicubic / heldOut.length };
}

/** The same of a network alone. */
export async function heldOutPsnr(
  cache: PhotoCache,
  heldOut: readonly number[],
  net: UpscaleNet,
  signal: AbortSignal,
): Promise<number> {
  let sum = 0;
  for (const index of heldOut) {
    const { lr, hr } = await cache.get(index);
    sum += psnr(await upscaleImage(lr, net, { signal }), hr, cache.scale);
  }
  return sum / heldOut.length;
}
