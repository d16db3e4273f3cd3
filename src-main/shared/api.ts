import { z } from 'zod';
import { configSchemas } from './config';
import { testedDeviceSchema } from './results';
import {
  batchFileSchema,
  historyPointSchema,
  jobSchema,
  jobWithListsSchema,
  modelEntrySchema,
  modelStorySchema,
  photoHeadSchema,
  photoSchema,
  settingsChangeSchema,
  settingsSchema,
  sourceSchema,
  speedCurveSchema,
  tokenSchema,
} from './things';

// The one interface between the screens and the process behind them. Each side checks what it receives.

const jobId = z.string().min(1).max(40);
const modelName = z.string().min(1).max(120);
const nothing = z.object({});
const { search, upscale } = configSchemas;

/** A batch: the command line's options with tokens for paths. */
export const batchRequestSchema = upscale
  .pick({ scale: true, width: true, quality: true, chroma: true, depth: true })
  .extend({
    photos: z.array(tokenSchema).min(1),
    out: tokenSchema,
    model: modelName,
    format: upscale.shape.format,
    /** How results are named: `{name}`, `{scale}` and `{model}` stand for what they say. */
    naming: z.string().min(1).max(120),
    overwrite: z.boolean(),
  });
export type BatchRequest = z.input<typeof batchRequestSchema>;

/** A search: the command line's options with tokens for paths; no photos stands for the bundled ones. */
export const tailorRequestSchema = search
  .pick({ scale: true, budget: true, minutes: true, fromScratch: true })
  .extend({ photos: z.array(tokenSchema), name: modelName });
export type TailorRequest = z.input<typeof tailorRequestSchema>;

/** What the screens may ask for: parameters and answer of each call. */
export const calls = {
  /** The first call of a page: all that it needs to show where things stand. */
  hello: {
    takes: nothing,
    gives: z.object({
      version: z.string(),
      /** Where the page runs: files are picked by native dialogs or by browsing. */
      host: z.enum(['desktop', 'browser']),
      settings: settingsSchema,
      /** Newest first. */
      jobs: z.array(jobSchema),
      /** Where results go unless another folder is chosen. */
      out: sourceSchema,
      machine: z.object({ processor: z.string(), cores: z.int(), memoryGB: z.number() }),
    }),
  },
  saveSettings: { takes: settingsChangeSchema, gives: settingsSchema },

  /** Native dialogs, on the desktop only; empty where the user cancelled. */
  pick: {
    takes: z.object({ what: z.enum(['photos', 'folders', 'out', 'model']) }),
    gives: z.array(sourceSchema),
  },
  /** Folders and files below the root, in the browser only; the root itself without a token. */
  browse: {
    takes: z.object({ folder: tokenSchema.exactOptional(), what: z.enum(['photos', 'model', 'folder']) }),
    gives: z.object({
      here: sourceSchema,
      above: sourceSchema.nullable(),
      folders: z.array(sourceSchema),
      files: z.array(sourceSchema),
    }),
  },
  /** The photos of files and folders, at any depth; nothing is opened yet. */
  findPhotos: {
    takes: z.object({ sources: z.array(tokenSchema).min(1) }),
    gives: z.array(photoSchema),
  },
  /** Sizes of at most 200 photos, in their order. */
  lookAt: { takes: z.object({ photos: z.array(tokenSchema).max(200) }), gives: z.array(photoHeadSchema) },
  /** Opens the file manager at a file, on the desktop only. */
  showInFolder: { takes: z.object({ file: tokenSchema }), gives: nothing },

  models: {
    takes: nothing,
    gives: z.object({
      models: z.array(modelEntrySchema),
      unreadable: z.array(z.object({ name: z.string(), reason: z.string() })),
      /** Names of searches that were begun; another one cannot be called so. */
      searches: z.array(z.string()),
    }),
  },
  modelStory: { takes: z.object({ model: modelName }), gives: modelStorySchema.nullable() },
  renameModel: { takes: z.object({ model: modelName, name: modelName }), gives: nothing },
  /** Moves a model out of the library; `restoreModel` brings the last ones back until the app ends. */
  removeModel: { takes: z.object({ model: modelName }), gives: nothing },
  restoreModel: { takes: z.object({ model: modelName }), gives: nothing },
  exportModel: { takes: z.object({ model: modelName, folder: tokenSchema }), gives: sourceSchema },
  /** What budgets buy on this device; null until it has been measured (see `measure`). */
  speedCurve: { takes: z.object({ scale: search.shape.scale }), gives: speedCurveSchema.nullable() },
  /** What a search would need: usable photos, free disk space in bytes. */
  preflight: {
    takes: z.object({ photos: z.array(tokenSchema) }),
    gives: z.object({ photos: z.int(), freeBytes: z.number() }),
  },

  /** Jobs: the answer comes at once, what happens comes as events. */
  upscale: { takes: batchRequestSchema, gives: z.object({ id: jobId }) },
  tailor: { takes: tailorRequestSchema, gives: z.object({ id: jobId }) },
  importModel: { takes: z.object({ file: tokenSchema }), gives: z.object({ id: jobId }) },
  /** Speed of this device, or of one model on it. */
  measure: { takes: z.object({ model: modelName.exactOptional() }), gives: z.object({ id: jobId }) },
  /** How the devices did when they were tested last; null where they were not. */
  devices: { takes: nothing, gives: z.array(testedDeviceSchema).nullable() },
  testDevices: { takes: nothing, gives: z.object({ id: jobId }) },
  job: { takes: z.object({ id: jobId }), gives: jobWithListsSchema },
  pause: { takes: z.object({ id: jobId }), gives: nothing },
  /** Goes on with a paused, cancelled or failed job; with `minutes` a search gets that much time in all. */
  resume: { takes: z.object({ id: jobId, minutes: z.number().positive().exactOptional() }), gives: nothing },
  /** Ends a search with the best network so far. */
  finish: { takes: z.object({ id: jobId }), gives: nothing },
  cancel: { takes: z.object({ id: jobId }), gives: nothing },
  /** Takes a job that has ended off the list. */
  forget: { takes: z.object({ id: jobId }), gives: nothing },

  /** The last lines of the log, user names redacted. */
  log: { takes: nothing, gives: z.object({ text: z.string() }) },
} as const satisfies Record<string, { takes: z.ZodType; gives: z.ZodType }>;

export type CallName = keyof typeof calls;
export type Takes<Name extends CallName> = z.input<(typeof calls)[Name]['takes']>;
export type Gives<Name extends CallName> = z.output<(typeof calls)[Name]['gives']>;
/** The calls as they are answered, with parameters that have been checked. */
export type HostApi = {
  [Name in CallName]: (params: z.output<(typeof calls)[Name]['takes']>) => Gives<Name> | Promise<Gives<Name>>;
};
/** The calls as the screens see them. */
export type AppApi = { [Name in CallName]: (params: Takes<Name>) => Promise<Gives<Name>> };

/** What the screens are told without asking. */
export const eventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('job'), job: jobSchema }),
  z.object({ event: z.literal('forgotten'), id: jobId }),
  z.object({
    event: z.literal('files'),
    id: jobId,
    files: z.array(z.object({ index: z.int().nonnegative(), file: batchFileSchema })),
  }),
  z.object({ event: z.literal('point'), id: jobId, point: historyPointSchema }),
  /** The library has changed. */
  z.object({ event: z.literal('models') }),
  z.object({ event: z.literal('settings'), settings: settingsSchema }),
  /** Opened with the app, or handed over by a second start of it. */
  z.object({ event: z.literal('handed'), sources: z.array(sourceSchema) }),
  /** A choice in the desktop's menu. */
  z.object({
    event: z.literal('menu'),
    command: z.enum(['addPhotos', 'addFolder', 'upscale', 'tailor', 'models', 'device']),
  }),
]);
export type AppEvent = z.infer<typeof eventSchema>;
