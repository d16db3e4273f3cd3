import { z } from 'zod';
import { modelCardSchema } from './modelCard';
import { modelStorySchema } from './things';

/** A picture of a sample as a data URI; `psnr` in dB against the original, where that is known. */
const pictureSchema = z.object({ src: z.string(), psnr: z.number().exactOptional() });

/** One place of a photo enlarged both ways, all of one size; with the original where the photo was made smaller first. */
const sampleSchema = z.object({
  title: z.string(),
  bicubic: pictureSchema,
  tailored: pictureSchema,
  original: pictureSchema.exactOptional(),
});

/** Everything that a report page shows; it is made from this alone. */
export const reportSchema = z.object({
  card: modelCardSchema,
  story: modelStorySchema,
  leftOut: z.array(z.object({ path: z.string(), reason: z.string() })),
  samples: z.array(sampleSchema),
});
export type Report = z.infer<typeof reportSchema>;
export type ReportSample = z.infer<typeof sampleSchema>;
