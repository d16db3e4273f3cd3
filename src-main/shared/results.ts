import { z } from 'zod';
import { modelsActions, type JobName } from './config';
import { modelCardSchema, rivalSchema } from './modelCard';

const storedModel = z.object({ path: z.string(), card: modelCardSchema });
export type StoredModel = z.infer<typeof storedModel>;

const listedModel = storedModel.extend({
  /** Its speed where it was measured on this device. */
  here: z.object({ msPerMP: z.number(), ratio: z.number() }).exactOptional(),
  /**
   * Of such a model of ours: the ratio that the device's latency table tells of its architecture, and the gain over
   * bicubic in dB that the curve of speed and quality tells of its measured ratio.
   */
  predicted: z.object({ ratio: z.number(), gain: z.number() }).exactOptional(),
});
export type ListedModel = z.infer<typeof listedModel>;

const { psnr } = modelCardSchema.shape;

/** How one photo of a batch ended. */
export const upscaledFileSchema = z.object({
  input: z.string(),
  output: z.string(),
  status: z.enum(['done', 'skipped', 'failed']),
  reason: z.string().exactOptional(),
  /** What the result could not carry over. */
  notes: z.array(z.string()).exactOptional(),
  seconds: z.number(),
});
export type UpscaledFile = z.infer<typeof upscaledFileSchema>;

/** The `data` of a batch's progress events. Photos are numbered from 0, in the order of the result's `files`. */
export const batchDataSchema = z.object({
  files: z.int(),
  file: z.int().exactOptional(),
  /** Work on the photo begins; after the engine was started again this may be told once more. */
  working: z.literal(true).exactOptional(),
  settled: upscaledFileSchema.exactOptional(),
  /** Only in an engine's first event: what there was nothing to do for, and what an earlier engine had settled. */
  settledBefore: z.array(upscaledFileSchema.extend({ file: z.int() })).exactOptional(),
});
export type BatchData = z.infer<typeof batchDataSchema>;

/** How a device did in its self-test. */
export const testedDeviceSchema = z.object({
  id: z.string(),
  name: z.string(),
  provider: z.string(),
  /** Of a large matrix product; null where it is not usable or took too long. */
  gflops: z.number().nullable(),
  /** Milliseconds of the reference network's tile and of a small training step; null likewise. */
  tileMs: z.number().nullable(),
  stepMs: z.number().nullable(),
  ok: z.boolean(),
  /** Why it cannot be used. */
  reason: z.string().exactOptional(),
  /** That it took too long for an answer, which a busy machine may do. */
  late: z.literal(true).exactOptional(),
});
export type TestedDevice = z.infer<typeof testedDeviceSchema>;

/** What the last JSON line of every job carries (DESIGN, command line contract); a job may add fields of its own. */
export const resultSchemas = {
  search: z.looseObject({
    /** Path of the model file. */
    model: z.string(),
    params: z.number(),
    macsPerPixel: z.number(),
    msPerMP: z.number(),
    refMsPerMP: z.number(),
    ratio: z.number(),
    budgetMsPerMP: z.number(),
    budgetRatio: z.number(),
    psnr,
    /** The stock model that `psnr.stock` is of. */
    rival: rivalSchema.exactOptional(),
    genotype: z.string(),
    steps: z.number(),
    seconds: z.number(),
    /** How many photos were learned from, held out, and reduced first since they are soft; which were left out. */
    photos: z
      .object({
        ...{ train: z.number(), heldOut: z.number(), reduced: z.number() },
        leftOut: z.array(z.object({ path: z.string(), reason: z.string() })),
      })
      .exactOptional(),
  }),
  train: z.looseObject({
    /** The file that was written. */
    model: z.string(),
    /** Held-out PSNR in dB; of a starter on crops, the mean of a few of its networks. */
    psnr: z.number(),
    /** Only of a model: what it had before, and whether it is better now. The better one is kept. */
    psnrBefore: z.number().exactOptional(),
    better: z.boolean().exactOptional(),
    steps: z.number(),
    seconds: z.number(),
  }),
  upscale: z.looseObject({ files: z.array(upscaledFileSchema) }),
  evaluate: z.looseObject({
    models: z.array(
      z.looseObject({
        model: z.string(),
        /** Null for bicubic, which is no network. */
        params: z.number().nullable(),
        msPerMP: z.number().nullable(),
        ratio: z.number().nullable(),
        /** Whether no other model of the run is as fast and better, or as good and faster. */
        onFront: z.boolean().exactOptional(),
        sets: z.array(
          z.looseObject({
            hr: z.string(),
            psnr: z.number(),
            ssim: z.number(),
            /** The best network of the run on this folder that is no slower, and by how many dB this one is above it. */
            gap: z.object({ to: z.string(), db: z.number() }).exactOptional(),
            images: z.array(z.looseObject({ name: z.string(), psnr: z.number(), ssim: z.number() })),
          }),
        ),
      }),
    ),
    psnr: z.number().exactOptional(),
    ssim: z.number().exactOptional(),
  }),
  bench: z.looseObject({
    results: z.array(
      z.looseObject({
        name: z.string(),
        value: z.number(),
        unit: z.string(),
        ratio: z.number().exactOptional(),
        of: z.string().exactOptional(),
      }),
    ),
  }),
  profile: z.looseObject({
    /** Figures that are stored in the file `path`: of the device's operations, or of models measured on it. */
    entries: z.number(),
    path: z.string(),
    /** Only of one model; the side of the tiles that it runs fastest with. */
    model: z.string().exactOptional(),
    tile: z.number().exactOptional(),
    msPerMP: z.number().exactOptional(),
    refMsPerMP: z.number().exactOptional(),
    ratio: z.number().exactOptional(),
  }),
  devices: z.looseObject({
    devices: z.array(testedDeviceSchema),
  }),
  /** `list` carries `models`; the other actions the one model that they showed, wrote or removed. */
  models: z.looseObject({
    action: z.enum(modelsActions),
    models: z.array(listedModel).exactOptional(),
    model: storedModel.exactOptional(),
    unreadable: z.array(z.object({ path: z.string(), reason: z.string() })).exactOptional(),
    /** What is to be said of a network that was imported. */
    notes: z.array(z.string()).exactOptional(),
  }),
  demo: z.looseObject({
    report: z.string(),
    /** As its search carries them. */
    psnr: psnr.exactOptional(),
    rival: rivalSchema.exactOptional(),
  }),
} satisfies Record<JobName, z.ZodType>;

export type ResultOf<Job extends JobName> = z.infer<(typeof resultSchemas)[Job]>;
