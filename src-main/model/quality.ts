import { resizeBicubic } from '../data/degrade';
import type { PhotoCache } from '../data/photoCache';
import { psnrY } from '../image/metrics';
import { upscaleImage, type UpscaleNet } from '../tiling/upscaleImage';

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
    model += psnrY(await upscaleImage(lr, net, { signal }), hr, cache.scale);
    bicubic += psnrY(resizeBicubic(lr, hr.width, hr.height), hr, cache.scale);
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
    sum += psnrY(await upscaleImage(lr, net, { signal }), hr, cache.scale);
  }
  return sum / heldOut.length;
}
