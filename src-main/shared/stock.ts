/**
 * By so many dB a tailored model beats the stock model of its speed on held-out photos of the same user, or the stock
 * model is to be kept (DESIGN, figures to reach).
 */
export const worthwhileGain = 0.1;

/** Whether a tailored model is worth having beside the stock one; `psnr` in dB on the same photos. */
export const beatsStock = (psnr: { model: number; stock: number }): boolean =>
  psnr.model - psnr.stock >= worthwhileGain;
