import { defaultPhotoMp } from '../../src-main/shared/budget';
import type { ModelCard } from '../../src-main/shared/modelCard';

/** Seconds for a photo of so many megapixels as people speak of. */
export const photoSeconds = (msPerMP: number): number => (msPerMP * defaultPhotoMp) / 1000;

/** dB above bicubic on photos that the model never learned from. */
export const gainOf = ({ psnr }: { psnr: Pick<ModelCard['psnr'], 'model' | 'bicubic'> }): number =>
  psnr.model - psnr.bicubic;

/** How much less squared error than bicubic leaves, 0 to 1: PSNR is -10 log10 of the mean squared error. */
export const lessError = (gain: number): number => 1 - 10 ** (-gain / 10);
