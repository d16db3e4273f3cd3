import { z } from 'zod';

/** Milliseconds, decibels and ratios: finite and never negative. */
const measured = z.number().nonnegative();
const count = z.int().nonnegative();

/** Factors that there are networks for. */
export const scales = [2, 3, 4] as const;

/** The stock model that a tailored one was compared with, and whether it took the place of one that was not better. */
export const rivalSchema = z.object({
  name: z.string(),
  ratio: measured,
  isKept: z.literal(true).exactOptional(),
});

/**
 * What a model says about itself: stored as metadata inside its `.onnx`, read by the library, the commands and the screen.
 * An imported one is somebody else's network: what nobody knows of it is 0, its budget's text and ratio say nothing.
 * `ratio` is the model's time over the reference network's time on `device`, both measured in the same run.
 */
export const modelCardSchema = z.object({
  format: z.literal(1),
  name: z.string().min(1),
  kind: z.enum(['tailored', 'stock', 'imported']),
  /** Upscaling factor. */
  scale: z.literal(scales),
  /** Pixels of the input around a pixel that can change its output: the smallest overlap of tiles without seams. */
  receptiveRadius: count,
  /** The derived architecture as `search/genotype` prints it; "imported" for one that is not ours. */
  genotype: z.string(),
  params: count,
  /** Multiply-accumulates per output pixel. */
  macsPerPixel: measured,
  /** The budget as the user wrote it, and as a ratio to the reference network. */
  budget: z.object({ text: z.string(), ratio: measured }),
  device: z.object({ id: z.string(), name: z.string(), provider: z.string() }),
  /** Measured milliseconds per output megapixel, of the model and of the reference network. */
  msPerMP: measured,
  refMsPerMP: measured,
  ratio: measured,
  /** Mean PSNR in dB over the held-out photos (bundled ones for an imported network); `stock` is null where no stock model of that speed was compared. */
  psnr: z.object({ model: z.number(), bicubic: z.number(), stock: z.number().nullable() }),
  /** The stock model that `psnr.stock` is of, and its ratio as measured on `device`. */
  rival: rivalSchema.exactOptional(),
  /** Numbers of photos. */
  photos: z.object({ train: count, heldOut: count }),
  seed: z.int(),
  steps: count,
  seconds: measured,
  /** Version of Pixel Tailor that wrote the file. */
  version: z.string(),
  created: z.iso.datetime(),
});

export type ModelCard = z.infer<typeof modelCardSchema>;
export type Scale = (typeof scales)[number];
