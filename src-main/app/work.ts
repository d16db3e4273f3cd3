import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import {
  batchFileSchema,
  beliefSchema,
  historyPointSchema,
  type BatchFile,
  type Source,
} from '../shared/things';
import { batchDataSchema, type UpscaledFile } from '../shared/results';
import type { Entry, Work } from './jobBook';
import type { Tokens } from './tokens';
import type { KeptBatch, KeptSearch } from './unfinished';

// What the screens ask for, turned into jobs of the engine, and what the engine tells, turned back: paths and tokens.

/** The work of a batch, whose journal is the file of that path. A memory limit of 0 gigabytes is none. */
export function batchWork(batch: KeptBatch, journal: string, tokens: Tokens): Work {
  const { photos, options, device, memory } = batch;
  const out = folderSource(batch.out, tokens);
  const inputs = photos.map(({ path, folder, name }) => ({ path, relative: join(folder, name) }));
  const settle = (entry: Entry, index: number, settled: UpscaledFile): void => {
    setFile(entry, index, shownFile(entry.files[index]!, settled, tokens));
  };
  return {
    kind: 'upscale',
    title: photos.length === 1 ? photos[0]!.name : `${photos.length} photos`,
    job: 'upscale',
    config: {
      ...options,
      ...{ inputs, out: batch.out, journal, device },
      ...(memory > 0 && { memory }),
    },
    resumable: true,
    batch: { files: photos.length, done: 0, failed: 0, skipped: 0, out },
    files: photos.map(({ path, name }) => ({ name, input: tokens.grant(path), status: 'waiting' })),
    receive: (data, entry) => {
      const { file, working, settled, settledBefore = [] } = batchDataSchema.parse(data);
      for (const { file: index, ...before } of settledBefore) settle(entry, index, before);
      if (file !== undefined && working) setFile(entry, file, { ...entry.files[file]!, status: 'working' });
      if (file !== undefined && settled) settle(entry, file, settled);
      // Tiles are told of far more often than photos are done.
      if (!settled && settledBefore.length === 0) return;
      const count = (status: BatchFile['status']): number =>
        entry.files.filter((one) => one.status === status).length;
      entry.job.batch = {
        files: photos.length,
        done: count('done'),
        failed: count('failed'),
        skipped: count('skipped'),
        out,
      };
    },
    conclude: () => ({}),
  };
}

/** A folder that need not be there: perhaps it is on a disk that is not, or a batch makes it first. */
export function folderSource(path: string, tokens: Tokens): Source {
  return { token: tokens.grant(path), kind: 'folder', name: basename(path) || path, place: dirname(path) };
}

function setFile(entry: Entry, index: number, file: BatchFile): void {
  entry.files[index] = file;
  entry.changedFiles.add(index);
}

function shownFile(
  file: BatchFile,
  { output, status, reason, notes, seconds }: UpscaledFile,
  tokens: Tokens,
): BatchFile {
  const { name, input } = file;
  return batchFileSchema.parse({
    ...{ name, input, status, seconds },
    ...(reason !== undefined && { reason }),
    ...(notes !== undefined && { notes }),
    ...(status === 'done' && { output: tokens.grant(output), outputName: output.split(/[\\/]/).at(-1) }),
  });
}

/** What the search job tells of itself. */
const tailorDataSchema = z.object({
  belief: beliefSchema.exactOptional(),
  budget: z.number().exactOptional(),
  bicubicOnCrops: z.number().exactOptional(),
  crop: z.object({ folder: z.string(), version: z.int() }).exactOptional(),
});

export function tailorWork({ config }: KeptSearch, tokens: Tokens): Work {
  const { name, scale, budget, minutes } = config;
  return {
    kind: 'tailor',
    title: name,
    job: 'search',
    config,
    resumable: true,
    tailor: {
      ...{ model: name, scale, budget: null, budgetText: budget, minutes },
      ...{ bicubicOnCrops: null, belief: null, crop: null },
    },
    receive: (data, entry) => {
      const point = historyPointSchema.safeParse(data);
      if (point.success) entry.points.push(point.data);
      const { crop, ...told } = tailorDataSchema.parse(data);
      const picture = (which: string): string => tokens.grant(join(crop!.folder, `crop-${which}.png`));
      entry.job.tailor = {
        ...entry.job.tailor!,
        ...told,
        ...(crop && {
          crop: {
            version: crop.version,
            ...{ tailored: picture('tailored'), bicubic: picture('bicubic'), original: picture('original') },
          },
        }),
      };
    },
    // The path of the model file is nobody's business but ours.
    conclude: ({ model: _, photos: _photos, ...result }) => result,
  };
}

export const importWork = (path: string, title: string): Work => ({
  kind: 'import',
  title,
  job: 'models',
  config: { action: 'import', model: path },
  resumable: false,
  // A file that was dropped lies in the inbox.
  retell: (message) => message.replaceAll(path, title),
  conclude: (result) => {
    const { model, notes } = importResultSchema.parse(result);
    return { name: model.card.name, notes };
  },
});

const importResultSchema = z.object({
  model: z.object({ card: z.object({ name: z.string() }) }),
  notes: z.array(z.string()).default([]),
});

export const measureWork = (device: string, model: string | undefined): Work => ({
  kind: 'measure',
  title: model ?? device,
  job: 'profile',
  config: { device, ...(model !== undefined && { model }) },
  resumable: false,
  conclude: ({ path: _, ...result }) => result,
});

export const devicesWork = (): Work => ({
  kind: 'devices',
  title: '',
  job: 'devices',
  config: {},
  resumable: false,
});
