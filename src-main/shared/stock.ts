/**
 * By so many dB a tailored model beats the stock model of its speed on held-out photos of the same user, or the stock
 * model is to be kept (DESIGN, figures to reach).
 */
export const worthwhileGain = 0.1;

/** By how many dB a tailored model is above the stock one on the same photos; in hundredths, as it is told. */
export const gainOverStock = (psnr: { model: number; stock: number }): number =>
  Number((psnr.model - psnr.stock).toFixed(2));
