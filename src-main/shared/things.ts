import { z } from 'zod';
import { chromas, depths, photoFormats } from './formats';
import { failureSchema } from './messages';
import { modelCardSchema } from './modelCard';

// What the app's screens and the process behind them speak of. Files are named by tokens, never by paths.

const count = z.int().nonnegative();
const seconds = z.number().nonnegative();

/** Stands for a file or folder that the user has chosen; it says nothing about where that is. */
export const tokenSchema = z.string().regex(/^[\w-]{22}$/);

/** A photo or folder as it was handed over. `place` is for people: the folder it lies in. */
export const sourceSchema = z.object({
  token: tokenSchema,
  kind: z.enum(['file', 'folder']),
  name: z.string(),
  place: z.string(),
});
export type Source = z.infer<typeof sourceSchema>;

/** A photo to upscale. `folder` is its place below the folder that was handed over, '' for none. */
export const photoSchema = z.object({
  token: tokenSchema,
  name: z.string(),
  folder: z.string(),
  bytes: count,
});
export type Photo = z.infer<typeof photoSchema>;

/** A list of photos as a page keeps it while it is loaded anew; tokens are of one run of the app. */
export const keptListSchema = z.object({
  run: z.string(),
  photos: z.array(photoSchema),
  /** Batches whose photos have been taken over. */
  adopted: z.array(z.string()),
});
export type KeptList = z.infer<typeof keptListSchema>;

/** Upright size and format of a photo, or why it cannot be read. */
export const photoHeadSchema = z.union([
  z.object({ width: count, height: count, format: z.string() }),
  z.object({ reason: z.string() }),
]);
export type PhotoHead = z.infer<typeof photoHeadSchema>;

/** A model of the library. `here`: its speed measured on this device, where it was measured. */
export const modelEntrySchema = z.object({
  card: modelCardSchema,
  bytes: count,
  here: z.object({ msPerMP: seconds, ratio: seconds }).nullable(),
  /** Whether it is the user's own: those can be renamed and deleted. */
  own: z.boolean(),
  /** Whether its curves are known. */
  record: z.boolean(),
});
export type ModelEntry = z.infer<typeof modelEntrySchema>;

const searchPoint = z.object({
  radius: z.number(),
  lambda: z.number(),
  expectedRatio: z.number(),
  alive: z.object({ network: z.number(), cell: z.number(), kernel: z.number() }),
  support: count,
});

/** One point of a search's curves; see `train/state`. JSON writes what is not a number as null. */
export const historyPointSchema = z.object({
  stage: z.enum(['search', 'tune']),
  step: count,
  seconds,
  loss: z.number().nullable(),
  psnr: z.number().nullable(),
  msPerStep: z.number(),
  search: searchPoint.exactOptional(),
});
export type Point = z.infer<typeof historyPointSchema>;

const probabilities = z.array(z.object({ name: z.string(), p: z.number() }));

/** How likely each candidate still is, level by level; one with p = 0 is gone for good. */
export const beliefSchema = z.object({
  exits: probabilities,
  fusions: probabilities,
  trunk: probabilities,
  cells: z.array(z.object({ inner: probabilities, ops: z.array(probabilities) })),
});
export type Belief = z.infer<typeof beliefSchema>;

/** A network with nothing left to choose, as far as a drawing needs it. */
export const networkSchema = z.object({
  scale: z.union([z.literal(2), z.literal(3), z.literal(4)]),
  trunk: z.array(count),
  exits: z.array(count),
  fusions: z.array(z.union([count, z.literal('none')])),
  cells: z.array(z.object({ inner: z.array(count), ops: z.array(z.array(z.string())) })),
});
export type NetworkPlan = z.infer<typeof networkSchema>;

/** How a model came to be. */
export const modelStorySchema = z.object({
  network: networkSchema,
  history: z.array(historyPointSchema),
  bicubicOnCrops: z.number().nullable(),
  photos: z.object({ train: count, heldOut: count, reduced: count }),
  refinement: z.object({ found: z.string(), before: z.number(), after: z.number() }).exactOptional(),
});
export type ModelStory = z.infer<typeof modelStorySchema>;

/** What a budget buys on this device: seconds for a photo of 12 output megapixels, and dB above bicubic. */
export const speedCurveSchema = z.object({
  refMsPerMP: z.number(),
  /** Smallest and largest ratio that can be searched here. */
  from: z.number(),
  to: z.number(),
  points: z.array(z.object({ ratio: z.number(), gain: z.number() })),
  /**
   * As far as this ratio the starter's networks tell what can be reached here; beyond it, or all over where it is null,
   * the curve is estimated from published networks.
   */
  predictedTo: z.number().nullable(),
  /** What the device is called. */
  device: z.string().exactOptional(),
  /** When the device was measured. */
  measured: z.iso.datetime().exactOptional(),
});
export type SpeedCurve = z.infer<typeof speedCurveSchema>;

/** One photo of a batch. */
export const batchFileSchema = z.object({
  name: z.string(),
  /** The photo itself, and its result once there is one. */
  input: tokenSchema,
  output: tokenSchema.exactOptional(),
  /** What the result is called, below the output folder. */
  outputName: z.string().exactOptional(),
  status: z.enum(['waiting', 'working', 'done', 'skipped', 'failed']),
  reason: z.string().exactOptional(),
  notes: z.array(z.string()).exactOptional(),
  seconds: seconds.exactOptional(),
});
export type BatchFile = z.infer<typeof batchFileSchema>;

/** The pictures of the fixed crop that shows how far a search is. `version` changes with the picture. */
export const cropSchema = z.object({
  version: count,
  tailored: tokenSchema,
  bicubic: tokenSchema,
  original: tokenSchema,
});
export type Crop = z.infer<typeof cropSchema>;

export const jobKinds = ['upscale', 'tailor', 'measure', 'devices', 'import'] as const;
export type JobKind = (typeof jobKinds)[number];

/** What is known of a job at one moment, without its long lists. Fractions never fall. */
export const jobSchema = z.object({
  id: z.string(),
  kind: z.enum(jobKinds),
  /** For people: the model's name, the number of photos. */
  title: z.string(),
  state: z.enum(['waiting', 'running', 'pausing', 'paused', 'done', 'failed', 'cancelled']),
  phase: z.string(),
  fraction: z.number(),
  secondsLeft: z.number().exactOptional(),
  message: z.string().exactOptional(),
  /** What went wrong and was mended, for example an engine that died and was started again. */
  notice: z.string().exactOptional(),
  failure: failureSchema.exactOptional(),
  /** An earlier run of the app ended before the job did; it waits to be gone on with. */
  interrupted: z.literal(true).exactOptional(),
  /** The job's own result, as its last JSON line carries it, with tokens for paths. */
  result: z.record(z.string(), z.unknown()).exactOptional(),
  /** Only of a search. */
  tailor: z
    .object({
      model: z.string(),
      scale: z.number(),
      /** As ratio to the reference; null until the device is measured. */
      budget: z.number().nullable(),
      budgetText: z.string(),
      minutes: z.number(),
      bicubicOnCrops: z.number().nullable(),
      belief: beliefSchema.nullable(),
      crop: cropSchema.nullable(),
    })
    .exactOptional(),
  /** Only of a batch. */
  batch: z
    .object({ files: count, done: count, failed: count, skipped: count, out: sourceSchema })
    .exactOptional(),
});
export type Job = z.infer<typeof jobSchema>;

/** A job with its long lists, for a screen that has just opened. */
export const jobWithListsSchema = z.object({
  job: jobSchema,
  points: z.array(historyPointSchema),
  files: z.array(batchFileSchema),
});
export type JobWithLists = z.infer<typeof jobWithListsSchema>;

export const languages = ['en', 'de', 'fr'] as const;
export type Language = (typeof languages)[number];

/** Bits per sample, the photo's own first. */
export const settingDepths = ['same', ...depths] as const;

export const settingsSchema = z.object({
  /** '' follows the system. */
  language: z.enum(['', ...languages]),
  theme: z.enum(['system', 'light', 'dark']),
  /** Memory in GB that a job may take; 0 leaves it to the app. */
  memoryGB: z.number().min(0).max(1024),
  /** A device's id, or `auto` for the fastest. */
  device: z.string(),
  /** Remembered from the last batch. */
  naming: z.string().max(120),
  format: z.enum(['same', ...photoFormats]),
  quality: z.int().min(1).max(100),
  chroma: z.enum(chromas),
  depth: z.literal(settingDepths),
});
export type Settings = z.infer<typeof settingsSchema>;

export const defaultSettings: Settings = {
  language: '',
  theme: 'system',
  memoryGB: 0,
  device: 'auto',
  naming: '{name}',
  format: 'same',
  quality: 95,
  chroma: '4:4:4',
  depth: 'same',
};

/** Some settings, to be changed. */
export const settingsChangeSchema = settingsSchema.partial();
export type SettingsChange = z.output<typeof settingsChangeSchema>;
