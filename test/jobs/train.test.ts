import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PhotoCache } from '../../src-main/data/photoCache';
import { search } from '../../src-main/jobs/search';
import { train } from '../../src-main/jobs/train';
import { resourcePath } from '../../src-main/model/library';
import { readModelFile } from '../../src-main/model/modelFile';
import { parseConfig } from '../../src-main/shared/config';
import type { Progress } from '../../src-main/shared/progress';
import { parseGenotype } from '../../src-main/search/genotype';
import { sampleSettings } from '../../src-main/train/samples';
import { starterSettings } from '../../src-main/train/starter';
import { searchSettings } from '../../src-main/train/searcher';
import { initialState } from '../../src-main/train/state';
import { tuneSettings } from '../../src-main/train/tuner';
import { readHead, readWeights } from '../../src-main/train/weightsFile';
import { temporaryFolder } from '../image/samples';
import { makeHome } from '../support/builtCli';
import { writePhotos } from '../support/photoFiles';

vi.mock('../../src-main/latency/measure', async (original) => ({
  ...(await original<object>()),
  measureRatio: () => Promise.resolve({ msPerMP: 80, refMsPerMP: 100, ratio: 0.8 }),
}));
// A small space: what is learned matters little here.
vi.mock('../../src-main/search/space', async (original) => ({
  ...(await original<object>()),
  starterSpace: (scale: 2 | 3 | 4) => ({ scale, cells: 2, widths: [4, 8] }),
}));

const shape = { patch: 8, batch: 2 };
Object.assign(searchSettings, { shape: { patch: 8, weightBatch: 2, choiceBatch: 2 } });
Object.assign(tuneSettings, { shape });
Object.assign(starterSettings, { shape });
Object.assign(sampleSettings, { count: 4 });

const root = temporaryFolder();
const at = (...parts: string[]): string => join(root, ...parts);
const fractions: number[] = [];
const context = {
  signal: new AbortController().signal,
  onProgress: ({ fraction }: { fraction: number }): void => void fractions.push(fraction),
};
const own = (file: string): string => at('home', 'models', file);

const trainFor = (minutes: number, model: string, options: object = {}) =>
  train(parseConfig('train', { model, photos: [at('photos')], minutes, ...options }), context);

beforeAll(async () => {
  vi.stubEnv('PIXEL_TAILOR_HOME', at('home'));
  await makeHome(at('home'));
  await writePhotos(at('photos'), 6, { width: 240, height: 220 });
});
afterAll(() => vi.unstubAllEnvs());

test('a starter begins with one of another scale, goes on from where it was, and tells of what it has seen', async () => {
  // None ships for x3.
  const { training: shipped } = await readHead(resourcePath('starters', 'x2.weights'));
  const first = await trainFor(0.06, 'starter', { scale: 3 });
  expect(first.model).toBe(at('home', 'starters', 'x3.weights'));
  const before = await readWeights(first.model);
  expect(before.training.photos).toEqual(expect.arrayContaining(shipped.photos));
  expect(before.training.photos.length).toBeGreaterThan(shipped.photos.length + 3);
  expect(before.training.steps).toBe(shipped.steps + first.steps);
  expect(before.training.curve[0]!.step).toBeGreaterThan(shipped.steps);
  expect(before.samples).toHaveLength(sampleSettings.count);
  for (const [genotype, gain] of before.samples!) {
    expect(parseGenotype(genotype).scale).toBe(3);
    expect(Math.abs(gain)).toBeLessThan(20);
  }
  const ops = before.candidates.cells.flatMap((cell) => cell.ops.map((list) => list.length));
  expect(ops).toEqual([6, 6, 6, 6]);
  const second = await trainFor(0.03, 'starter', { scale: 3 });
  const after = await readWeights(first.model);
  expect(after.training.steps).toBe(before.training.steps + second.steps);
  expect(after.training.curve.at(-1)!.step).toBe(after.training.steps);
  expect(after.weights).not.toEqual(before.weights);
});

test('what was interrupted goes on with the minutes that are left', async () => {
  const stop = new AbortController();
  const out = at('stopped.weights');
  const stopAtFirstStep = ({ phase }: Progress): void => {
    if (phase === 'training the model') stop.abort();
  };
  const config = parseConfig('train', { model: 'starter', photos: [at('photos')], minutes: 0.05, out });
  await expect(train(config, { signal: stop.signal, onProgress: stopAtFirstStep })).rejects.toThrow(
    'Cancelled',
  );
  expect(existsSync(out)).toBe(false);
  await expect(trainFor(0.06, 'starter', { out })).rejects.toThrow(
    'The training of starter x2 was begun with another minutes. Use the same options to resume it',
  );
  const { seconds } = await trainFor(0.05, 'starter', { out });
  expect(seconds).toBeLessThan(4.5);
  expect(existsSync(out)).toBe(true);
});

test('a search starts from the starter, a starter of another scale from what fits', async () => {
  await trainFor(0.02, 'starter');
  const starter = await readWeights(at('home', 'starters', 'x2.weights'));
  const space = { scale: 2, cells: 2, widths: [4, 8] } as const;
  const state = initialState(space, 1, { search: 1, tune: 1 }, starter);
  expect(state.weights).toEqual(starter.weights);
  expect(state.choicesFrom).toBeLessThan(initialState(space, 1, { search: 1, tune: 1 }).choicesFrom);
});

test('a found model is trained further and replaced only by a better one', async () => {
  const name = 'mine';
  await search(parseConfig('search', { photos: [at('photos')], steps: 20, name }), context);
  await cp(own('mine.onnx'), at('before.onnx'));
  fractions.length = 0;
  const { model, psnr, psnrBefore, better, steps } = await trainFor(0.05, name);
  // Training alone is all there is to show, from the beginning on.
  expect(fractions.some((fraction) => fraction > 0.04 && fraction < 0.34)).toBe(true);
  expect(model).toBe(own('mine.onnx'));
  const [now, was] = [await readModelFile(model), await readModelFile(at('before.onnx'))];
  expect(better).toBe(psnr > psnrBefore!);
  if (better) {
    expect(now.card.psnr.model).toBeCloseTo(psnr, 5);
    expect(now.card.steps).toBe(was.card.steps + steps);
    expect(now.card).toMatchObject({ genotype: was.card.genotype, params: was.card.params, name });
  } else expect(now.bytes).toEqual(was.bytes);
});

test('a teacher shows what it makes of the photos before training begins, and must be of the same scale', async () => {
  const said: string[] = [];
  const onProgress = ({ message = '' }: Progress): void => void said.push(message.replace(/ .*/, ''));
  const teacher = 'stock x2 fast';
  const config = parseConfig('train', { model: 'mine', photos: [at('photos')], minutes: 0.03, teacher });
  const { steps } = await train(config, { ...context, onProgress });
  // "the teacher looks at ...", then "step 1, ...".
  expect(said.filter((word) => word === 'the')).toHaveLength(5);
  expect(said.lastIndexOf('the')).toBeLessThan(said.indexOf('step'));
  expect(steps).toBeGreaterThan(0);
  await expect(trainFor(0.03, 'mine', { teacher: 'stock x4 fast' })).rejects.toThrow(
    'stock x4 fast upscales 4 times and cannot teach an x2 model. Choose another --teacher.',
  );
  const holds = vi.spyOn(PhotoCache.prototype, 'holdsAll').mockReturnValue(false);
  await expect(trainFor(0.03, 'mine', { teacher })).rejects.toThrow(
    /^\d+ photos are too many to keep what a teacher makes of them\. Name fewer --photos, or leave out --teacher\.$/,
  );
  holds.mockRestore();
});

test('a model without weights to train on is named, with the way out', async () => {
  await cp(own('mine.onnx'), at('alone.onnx'));
  await expect(trainFor(0.02, at('alone.onnx'))).rejects.toThrow(/alone\.weights is not there/);
  expect((await readFile(at('alone.onnx'))).length).toBeGreaterThan(0);
});
