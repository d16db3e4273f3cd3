import { z } from 'zod';
import { UserError } from '../base/errors';
import { budgetForms, defaultPhotoMp, parseBudget } from './budget';
import { leastFactor, mostFactor } from './enlarge';
import { chromas, depths, photoFormats } from './formats';
import { scales } from './modelCard';
import { isNaming, reservedName } from './naming';

// Each field's description is what its error message says was expected: "Expected <description> for --<field>".
// Numbers may arrive as the text typed on the command line; the engine parses the same configuration again.
const number = (schema: z.ZodNumber) =>
  z.preprocess((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value), schema);
const wholeFrom = (least: number) => number(z.int().min(least));
const path = z.string().regex(/\S/);

const scale = number(z.number()).pipe(z.literal(scales)).describe('2, 3 or 4');
const device = path.default('auto').describe("auto or a device's id as `pixel-tailor devices` lists it");
const seed = wholeFrom(0).default(1).describe('a whole number from 0');
const minutes = (usual: number) => number(z.number().positive()).default(usual).describe('minutes above 0');

/** Names become file names on every platform, hence neither separators nor what Windows reserves. */
const modelName = z
  .string()
  .regex(/^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]{0,78}[\p{L}\p{N}_-])?$/iu)
  .refine((name) => !reservedName.test(name) && !/^bicubic$|\.onnx$/i.test(name))
  .describe('a name of at most 80 letters, digits, spaces, dots, dashes and underscores');

/** Whether a model may be stored under this name; names in files come from strangers. */
export const isModelName = (name: string): boolean => modelName.safeParse(name).success;

const isBudget = (text: string) => {
  try {
    parseBudget(text, 2);
    return true;
  } catch {
    return false;
  }
};

const flag = z.boolean().default(false).describe('true or false');
/** A photo file with its place below the results' folder; the place never leads out of it. */
const placedPhoto = z.object({
  path,
  relative: path.refine((place) => !place.split(/[\\/]/).includes('..')),
});
const modelOrFile = path.describe('the name or the file of a model');

export const modelsActions = ['list', 'show', 'import', 'export', 'remove'] as const;

/** The options of every job, with their defaults; the names are the command line's, in camel case. */
export const configSchemas = {
  search: z.object({
    photos: z.array(path).min(1).describe('at least one folder of photos'),
    scale: scale.default(2),
    budget: z.string().refine(isBudget).default('fast').describe(budgetForms),
    photoMp: number(z.number().positive()).default(defaultPhotoMp).describe('megapixels above 0'),
    minutes: minutes(10),
    /** Instead of `minutes`: a fixed number of steps, for exact repetition. */
    steps: wholeFrom(1).optional().describe('a whole number from 1'),
    device,
    name: modelName.optional(),
    restart: flag,
    /** Ends the search of that name now, with the best network so far. */
    finish: flag,
    fromScratch: flag,
    space: z.enum(['default', 'paper-x4']).default('default').describe('default or paper-x4'),
    seed,
  }),
  train: z.object({
    /** `starter` is the supernet that searches start from. */
    model: modelOrFile,
    photos: z.array(path).min(1).describe('at least one folder of photos'),
    /** Of the starter; a model has its own. */
    scale: scale.default(2),
    minutes: minutes(60),
    /** What it makes of the photos is learned too. */
    teacher: modelOrFile.optional(),
    /** Where the result is written instead of where it came from. */
    out: path.optional().describe('a file'),
    restart: flag,
    device,
    seed,
  }),
  upscale: z.object({
    inputs: z
      .array(z.union([path, placedPhoto]))
      .min(1)
      .describe('at least one photo or folder'),
    out: path.describe('a folder'),
    model: modelOrFile.optional(),
    /** How many times as wide the results are (default: what the model does). */
    scale: number(z.number().min(leastFactor).max(mostFactor))
      .optional()
      .describe(`a number from ${leastFactor} to ${mostFactor}`),
    naming: z
      .string()
      .refine(isNaming)
      .default('{name}')
      .describe('a file name without extension, in which only {name}, {scale} and {model} are filled in,'),
    /** A file that the same batch goes on from after the engine died. Internal: it has no option. */
    journal: path.optional().describe('a file'),
    /** Instead of `scale`: the width of the output in pixels. */
    width: wholeFrom(1).optional().describe('a width in pixels from 1'),
    format: z.enum(photoFormats).optional().describe('jpeg, png, webp, avif or tiff'),
    quality: wholeFrom(1).pipe(z.number().max(100)).optional().describe('a whole number from 1 to 100'),
    /** Colours at each pixel, or at one of four. */
    chroma: z.enum(chromas).optional().describe('4:4:4 or 4:2:0'),
    /** Bits per sample (default: the photo's, where the format holds them). */
    depth: number(z.number()).pipe(z.literal(depths)).optional().describe('8 or 16'),
    overwrite: flag,
    /** Gigabytes that one photo may take; larger ones are refused with the numbers. */
    memory: number(z.number().positive()).optional().describe('gigabytes above 0'),
    device,
  }),
  evaluate: z.object({
    models: z.array(path).min(1).describe('at least one model: a name, a file or bicubic'),
    hr: z.array(path).min(1).describe('at least one folder of pictures'),
    scale: scale.default(2),
    /** Where a picture of quality over speed is written. */
    plot: path
      .regex(/\.svg$/i)
      .optional()
      .describe('a file that ends in .svg'),
    device,
  }),
  bench: z.object({ device }),
  profile: z.object({
    device,
    /** Measures this model instead of the device's operations. */
    model: modelOrFile.optional(),
  }),
  devices: z.object({}),
  models: z.object({
    action: z.enum(modelsActions).default('list').describe('list, show, import, export or remove'),
    model: modelOrFile.optional(),
    /** Where `export` writes: a file or an existing folder. */
    out: path.optional().describe('a file or a folder to write'),
  }),
  demo: z.object({
    /** Folder of the report page and the upscaled samples. */
    out: path.default('reports/demo').describe('a folder'),
    minutes: minutes(4),
    device,
    seed,
  }),
};

export type JobName = keyof typeof configSchemas;
export type ConfigOf<Job extends JobName> = z.infer<(typeof configSchemas)[Job]>;

export type SearchConfig = ConfigOf<'search'>;
export type TrainConfig = ConfigOf<'train'>;
export type UpscaleConfig = ConfigOf<'upscale'>;
export type EvaluateConfig = ConfigOf<'evaluate'>;
export type BenchConfig = ConfigOf<'bench'>;
export type ProfileConfig = ConfigOf<'profile'>;
export type DevicesConfig = ConfigOf<'devices'>;
export type ModelsConfig = ConfigOf<'models'>;
export type DemoConfig = ConfigOf<'demo'>;

/** Fields that the command line takes without an option, or under a name of their own. */
const spelled: Record<string, string> = {
  inputs: 'INPUT',
  models: '--model',
  action: 'the action of models',
};

/**
 * Checks a job's options and fills in the defaults; parsing a parsed configuration changes nothing.
 * Throws a {@link UserError} "Expected X for --option but received Y" for the first option that does not fit.
 */
export function parseConfig<Job extends JobName>(job: Job, input: unknown): ConfigOf<Job> {
  const schema: z.ZodObject = configSchemas[job];
  const result = schema.safeParse(input);
  if (result.success) return result.data as ConfigOf<Job>;
  const [field = 'the options', element] = result.error.issues[0]?.path.map(String) ?? [];
  const expected = describe(schema.shape[field]) ?? 'the options of this version';
  const value = (input as Record<string, unknown> | null | undefined)?.[field];
  const received =
    Array.isArray(value) && element !== undefined ? (value[Number(element)] as unknown) : value;
  throw new UserError(`Expected ${expected} for ${optionName(field)} but received ${show(received)}.`);
}

/** The description of a field, which an optional field or one with a default takes over from what it wraps. */
function describe(field: unknown): string | undefined {
  if (!(field instanceof z.ZodType)) return undefined;
  if (field.description !== undefined) return field.description;
  return field instanceof z.ZodOptional || field instanceof z.ZodDefault
    ? describe(field.unwrap())
    : undefined;
}

function optionName(field: string): string {
  return spelled[field] ?? `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function show(received: unknown): string {
  if (received === undefined || (Array.isArray(received) && received.length === 0)) return 'nothing';
  return JSON.stringify(received);
}
