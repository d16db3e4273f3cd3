import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { fewestPhotos } from '../../src-main/data/photos';
import {
  defaultModel,
  findModel,
  homePath,
  listModels,
  modelPath,
  resourcePath,
  samplePhotos,
} from '../../src-main/model/library';
import { writeCard } from '../support/cardFiles';
import { fakeCard } from '../support/fakeCard';

vi.mock('../../src-main/model/modelFile', () => import('../support/cardFiles'));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'library-'));
  vi.stubEnv('PIXEL_TAILOR_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const store = (name: string, parts: Parameters<typeof fakeCard>[0] = {}) =>
  writeCard(modelPath(name), fakeCard({ name, ...parts }));

test('PIXEL_TAILOR_HOME moves everything, without it the platform decides', () => {
  expect(homePath('latency')).toBe(join(home, 'latency'));
  vi.stubEnv('PIXEL_TAILOR_HOME', '');
  expect(homePath('latency')).toMatch(/pixel-tailor.latency$/i);
});

test('the resources are found from the source as well as from the bundle', () => {
  expect(resourcePath('models')).toBe(join(import.meta.dirname, '..', '..', 'resources', 'models'));
});

test('an empty home has no tailored models and is no error', async () => {
  expect((await listModels()).models.filter(({ card }) => card.kind === 'tailored')).toEqual([]);
});

test('models are listed newest first, stock models last, damaged files named', async () => {
  await store('old', { created: '2026-01-01T00:00:00.000Z' });
  await writeCard(join(home, 'stock', 'x2 fast.onnx'), fakeCard({ created: '2026-12-01T00:00:00.000Z' }));
  await store('new', { created: '2026-02-01T00:00:00.000Z' });
  await writeFile(modelPath('broken'), 'text');
  await writeFile(join(homePath('models'), 'notes.txt'), 'text');
  const { models, unreadable } = await listModels(join(home, 'stock'));
  expect(models.map(({ card }) => card.name)).toEqual(['new', 'old', 'stock x2 fast']);
  expect(unreadable).toEqual([
    { path: modelPath('broken'), reason: expect.stringContaining('not a model') as string },
  ]);
});

test('a model is found by its name, its file name and its path', async () => {
  await store('lisbon');
  await writeCard(modelPath('renamed'), fakeCard({ name: 'porto' }));
  const elsewhere = join(home, 'downloads', 'faro.onnx');
  await writeCard(elsewhere, fakeCard({ name: 'faro' }));
  expect((await findModel('lisbon')).path).toBe(modelPath('lisbon'));
  expect((await findModel('porto')).path).toBe(modelPath('renamed'));
  expect((await findModel('renamed')).card.name).toBe('porto');
  expect(await findModel(elsewhere)).toMatchObject({ path: elsewhere, card: { name: 'faro' } });
});

test('an unknown model is refused with the known ones', async () => {
  await store('lisbon');
  await expect(findModel('libson')).rejects.toThrow(UserError);
  await expect(findModel('libson')).rejects.toThrow(/"libson".*lisbon/);
});

test('the default is the newest tailored model of the scale', async () => {
  await store('first', { created: '2026-01-01T00:00:00.000Z' });
  await store('second', { created: '2026-02-01T00:00:00.000Z' });
  await store('third', { created: '2026-03-01T00:00:00.000Z', scale: 4 });
  expect((await defaultModel(2)).card.name).toBe('second');
  expect((await defaultModel(4)).card.name).toBe('third');
});

describe('models that ship with the program', () => {
  /** Writes one as a search leaves it; the folder stands for `resources/models`. */
  const ship = (file: string, parts: Parameters<typeof fakeCard>[0] = {}) =>
    writeCard(join(home, 'stock', `${file}.onnx`), fakeCard({ name: file, ...parts }));
  const stock = (): string => join(home, 'stock');
  const gaining = (gain: number) => ({ psnr: { model: 30 + gain, bicubic: 30, stock: null } });

  test('are stock models by their place, called after their files', async () => {
    await ship('x2 fast');
    const path = join(stock(), 'x2 fast.onnx');
    const card = fakeCard({ name: 'stock x2 fast', kind: 'stock' });
    expect((await listModels(stock())).models).toEqual([{ path, card }]);
    for (const name of ['stock x2 fast', 'x2 fast', path])
      expect(await findModel(name, stock())).toEqual({ path, card });
  });

  test("leave their short name to the user's own", async () => {
    await ship('x2 fast');
    await store('x2 fast');
    expect((await findModel('x2 fast', stock())).path).toBe(modelPath('x2 fast'));
    expect((await findModel('stock x2 fast', stock())).path).toBe(join(stock(), 'x2 fast.onnx'));
  });

  test('are the default where there is no tailored one: balanced, else the best', async () => {
    await ship('x3 fast', { scale: 3, ...gaining(1) });
    await ship('x3 best', { scale: 3, ...gaining(3), budget: { text: 'best', ratio: 5 } });
    expect((await defaultModel(3, stock())).card.name).toBe('stock x3 best');
    await ship('x3 balanced', { scale: 3, ...gaining(2), budget: { text: 'balanced', ratio: 2 } });
    expect((await defaultModel(3, stock())).card.name).toBe('stock x3 balanced');
    await store('lisbon', { scale: 3 });
    expect((await defaultModel(3, stock())).card.name).toBe('lisbon');
  });
});

test('where nothing ships and nothing was searched, the way to a model is named', async () => {
  await expect(defaultModel(4, join(home, 'none'))).rejects.toThrow(/no model for --scale 4.*search/);
});

test('the bundled photos to learn from are without those to upscale', async () => {
  const photos = await samplePhotos();
  expect(photos.length).toBeGreaterThanOrEqual(fewestPhotos);
  expect(photos).toContain(resourcePath('samples', 'larch.jpg'));
  expect(photos.join()).not.toContain('to-upscale');
});
