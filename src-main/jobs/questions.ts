import { existsSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { findPhotos } from '../data/photos';
import { readHeader } from '../image/decode';
import { rememberedDevice } from '../latency/chosen';
import { loadDevices } from '../latency/deviceFile';
import { loadTable, tableKey, tablePath } from '../latency/tableFile';
import { modelEntries } from '../model/entries';
import { begunSearches, findModel, homePath, listModels, samplePhotos } from '../model/library';
import { exportModel, removeModel, renameModel, restoreModel } from '../model/ownModels';
import { configSchemas } from '../shared/config';
import { failureOf } from '../shared/failure';
import type { Answer, Request } from '../shared/messages';
import type { PhotoHead } from '../shared/things';
import { readStory } from '../train/record';
import { curveHere } from '../train/speedCurve';
import { drawRegion, drawThumbnail, regionInput, thumbnailInput } from './pictures';

// What an engine that is kept for the screens answers: small things that need files. Nothing here may load onnxruntime
// unless a question is about running a network.

interface Question<Schema extends z.ZodType, Output> {
  takes: Schema;
  answer: (input: z.output<Schema>) => Promise<Output>;
  /** Answered one after the other: those that change files, and those that keep the processor busy. */
  inTurn: boolean;
}

const atOnce = <Schema extends z.ZodType, Output>(
  takes: Schema,
  answer: Question<Schema, Output>['answer'],
): Question<Schema, Output> => ({ takes, answer, inTurn: false });

const inTurn = <Schema extends z.ZodType, Output>(
  takes: Schema,
  answer: Question<Schema, Output>['answer'],
): Question<Schema, Output> => ({ takes, answer, inTurn: true });

const path = z.string().min(1);
const ofModel = z.object({ model: z.string() });
/** The device that the settings name. */
const onDevice = z.object({ device: z.string().default('auto') });
const done = {};

/** Questions are as in `shared/api`, with paths for tokens. */
export const questions = {
  models: atOnce(onDevice, async ({ device }) => ({
    ...(await modelEntries(await rememberedDevice(homePath('latency'), device, 'inference'))),
    searches: await begunSearches(),
  })),
  story: atOnce(ofModel, async ({ model }) => readStory(await findModel(model))),
  rename: inTurn(ofModel.extend({ name: z.string() }), async ({ model, name }) => {
    await renameModel(model, name);
    return done;
  }),
  remove: inTurn(ofModel, async ({ model }) => {
    await removeModel(model);
    return done;
  }),
  restore: inTurn(ofModel, async ({ model }) => {
    await restoreModel(model);
    return done;
  }),
  exportTo: inTurn(
    ofModel.extend({ folder: path }),
    async ({ model, folder }) => (await exportModel(model, folder)).path,
  ),
  /** From the stored latency table, starter and stock models; null where this device has not been measured. */
  speedCurve: atOnce(
    onDevice.extend({ scale: configSchemas.search.shape.scale }),
    async ({ scale, device }) => {
      const folder = homePath('latency');
      const found = await rememberedDevice(folder, device, 'search');
      const key = tableKey(found);
      const table = await loadTable(folder, key);
      if (!table) return null;
      const { mtime } = await stat(tablePath(folder, key));
      const curve = await curveHere(scale, table, (await listModels()).models);
      return { ...curve, device: found.name, measured: mtime.toISOString() };
    },
  ),
  /** As they were tested last; null where they were not. */
  devices: atOnce(z.object({}), async () => (await loadDevices(homePath('latency'))) ?? null),
  /** No photos stand for the bundled ones. */
  preflight: atOnce(z.object({ photos: z.array(path) }), async ({ photos }) => {
    const found = photos.length > 0 ? await findPhotos(photos, never) : await samplePhotos();
    return { photos: found.length, freeBytes: await freeBytes(homePath('models')) };
  }),
  samplePhotos: atOnce(z.object({}), samplePhotos),
  headers: atOnce(z.object({ paths: z.array(path).max(200) }), async ({ paths }) => {
    const head = (photo: string): Promise<PhotoHead> =>
      readHeader(photo).catch((error: unknown) => ({ reason: failureOf(error).message }));
    return Promise.all(paths.map(head));
  }),
  thumbnail: atOnce(thumbnailInput, drawThumbnail),
  region: inTurn(regionInput, drawRegion),
};

export type QuestionName = keyof typeof questions;
export type Asks<Name extends QuestionName> = z.input<(typeof questions)[Name]['takes']>;
export type Answers<Name extends QuestionName> = Awaited<ReturnType<(typeof questions)[Name]['answer']>>;

let lastInTurn: Promise<unknown> = Promise.resolve();

/** Answers what was asked; what goes wrong becomes a refusal. */
export async function answer({ id, question, input }: Extract<Request, { type: 'ask' }>): Promise<Answer> {
  try {
    if (!Object.hasOwn(questions, question)) throw new Error(`there is no question ${question}`);
    const asked: Question<z.ZodType, unknown> = questions[question as QuestionName];
    const work = () => asked.answer(asked.takes.parse(input));
    if (!asked.inTurn) return { event: 'answer', id, output: await work() };
    const turn = lastInTurn.then(work, work);
    lastInTurn = turn;
    return { event: 'answer', id, output: await turn };
  } catch (error) {
    return { event: 'refusal', id, ...failureOf(error) };
  }
}

/** Small questions are not cancelled. */
const never = new AbortController().signal;

/** Free space where a folder lies or will lie. */
async function freeBytes(folder: string): Promise<number> {
  if (!existsSync(folder)) return freeBytes(dirname(folder));
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
