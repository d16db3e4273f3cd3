import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { input } from '../../src-main/graph/build';
import { decodePhoto } from '../../src-main/image/decode';
import { encodePhoto } from '../../src-main/image/encode';
import { models } from '../../src-main/jobs/models';
import { upscale } from '../../src-main/jobs/upscale';
import { processor } from '../../src-main/latency/devices';
import { listModels, modelPath } from '../../src-main/model/library';
import { writeModelFile } from '../../src-main/model/modelFile';
import { closingSentences } from '../../src-main/cli/closing';
import { curveHere, predictionOf } from '../../src-main/train/speedCurve';
import { makeHome, testCosts } from '../support/builtCli';
import { parseConfig } from '../../src-main/shared/config';
import { resultSchemas } from '../../src-main/shared/results';
import { discs } from '../support/synthetic';
import { fakeCard } from '../support/fakeCard';
import { foreignModel, nearest } from '../support/tinyModels';

// Measuring speed takes seconds and is tested for itself.
vi.mock('../../src-main/latency/measure', () => ({
  measureRatio: vi.fn(() => Promise.resolve({ msPerMP: 50, refMsPerMP: 100, ratio: 0.5, spread: 0 })),
}));

let home: string;
let file: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'models-'));
  file = join(home, 'download.onnx');
  await writeModelFile(file, nearest(2), fakeCard());
  vi.stubEnv('PIXEL_TAILOR_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const context = { signal: new AbortController().signal, onProgress: () => undefined };
const run = async (action: string, model?: string, out?: string) =>
  resultSchemas.models.parse(await models(parseConfig('models', { action, model, out }), context));

test('a model is imported under its own name, shown, exported unchanged, and removed', async () => {
  expect((await run('import', file)).model?.path).toBe(modelPath('lisbon'));
  expect((await run('show', 'lisbon')).model?.card).toEqual(fakeCard());
  const folder = join(home, 'usb');
  await mkdir(folder);
  expect((await run('export', 'lisbon', folder)).model?.path).toBe(join(folder, 'lisbon.onnx'));
  expect(await readFile(join(folder, 'lisbon.onnx'))).toEqual(await readFile(file));
  expect((await run('export', 'lisbon', join(folder, 'b.onnx'))).model?.path).toBe(join(folder, 'b.onnx'));
  expect((await run('remove', 'lisbon')).model?.card.name).toBe('lisbon');
  expect((await run('list')).models?.filter(({ path }) => path.startsWith(home))).toEqual([]);
});

test('nothing that exists is overwritten', async () => {
  await run('import', file);
  await expect(run('import', file)).rejects.toThrow('already has a model lisbon');
  await expect(run('export', 'lisbon', file)).rejects.toThrow('exists already');
});

test("a stranger's file cannot choose where it is written", async () => {
  await writeModelFile(file, nearest(2), fakeCard({ name: '../../evil' }));
  await expect(run('import', file)).rejects.toThrow("cannot be a model's name");
});

test('what is missing is named', async () => {
  await expect(run('show')).rejects.toThrow('Expected the name or the file of a model');
  await run('import', file);
  await expect(run('export', 'lisbon')).rejects.toThrow('Expected a file or a folder');
  await expect(run('export', 'lisbon', join(home, 'no', 'such', 'x.onnx'))).rejects.toThrow(
    'There is no folder',
  );
});

test("anybody's network is imported under its file's name, and photos are upscaled with it", async () => {
  const theirs = join(home, '_Their net? (x3).onnx');
  await writeFile(theirs, foreignModel(nearest(3, input('x', [1, 3, 'h', 'w']))));
  const { model, notes } = await run('import', theirs);
  expect(model?.path).toBe(modelPath('Their net- -x3'));
  expect(model?.card).toMatchObject({ name: 'Their net- -x3', kind: 'imported', scale: 3, ratio: 0.5 });
  expect(notes).toHaveLength(1);
  await expect(run('import', theirs)).rejects.toThrow('already has a model Their net- -x3');

  const [photo, out] = [join(home, 'photo.png'), join(home, 'out')];
  const pixels = discs(20, 14, 1);
  await encodePhoto(pixels, {}, photo, { format: 'png' });
  const config = parseConfig('upscale', { inputs: [photo], out, model: 'Their net- -x3' });
  expect((await upscale(config, context)).files).toMatchObject([{ status: 'done' }]);
  const large = (await decodePhoto(join(out, 'photo.png'))).pixels;
  expect([large.width, large.height]).toEqual([60, 42]);
  expect(large.data.slice(0, 3)).toEqual(pixels.data.slice(0, 3));
});

test('the list tells what was predicted of models that were measured here', async () => {
  const genotype = 'x2 c16 | edge3 24 conv3';
  const card = fakeCard({ genotype, ratio: 3.65, device: processor() });
  await writeModelFile(modelPath('lisbon'), nearest(2), card);
  await writeModelFile(modelPath('elsewhere'), nearest(2), fakeCard({ name: 'elsewhere', genotype }));
  const predicted = async () =>
    Object.fromEntries((await run('list')).models!.map((model) => [model.card.name, model.predicted]));
  expect(await predicted()).toMatchObject({ lisbon: undefined, elsewhere: undefined });
  await makeHome(home);
  const curve = await curveHere(2, testCosts(), (await listModels()).models);
  const lisbon = predictionOf(card, curve, testCosts());
  expect(await predicted()).toMatchObject({ lisbon, elsewhere: undefined });
  const told = closingSentences('models', await run('list'));
  expect(told).toMatch(/lisbon +\d\.\d\d +3\.65 .*2\.30 dB\n/);
  expect(told).toMatch(/On average times are off by \d+ %, gains of tailored models by \d\.\d\d dB\.$/);
});

test('a file that is no such network is refused before anything is stored', async () => {
  await writeFile(file, foreignModel(input('x', [1, 1, 'h', 'w'])));
  await expect(run('import', file)).rejects.toThrow('download.onnx cannot be imported');
  expect((await run('list')).models?.filter(({ path }) => path.startsWith(home))).toEqual([]);
});
