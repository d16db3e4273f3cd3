import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { modelCardSchema } from '../../src-main/shared/modelCard';
import { resultSchemas } from '../../src-main/shared/results';
import { readRecord } from '../../src-main/train/record';
import { makeHome, runCli, workplace, type Ended } from '../support/builtCli';
import { checksums, writeJpeg, writePhotos, writeTruncated } from '../support/photoFiles';

// The main job by the built program: search a model, look at it, upscale a folder with it, judge it.

const at = workplace();
const home = at('home');
const run = (...args: string[]): Promise<Ended> => runCli(home, args);
const modelFile = at('home', 'models', 'lisbon.onnx');
let searched: Ended;

beforeAll(async () => {
  await makeHome(home);
  await writePhotos(at('photos'), 8);
  await writePhotos(at('hr'), 2, { width: 101, height: 80, seed: 90 });
  searched = await run('search', '--photos', at('photos'), '--steps', '30', '--name', 'lisbon');
}, 120_000);

test('search ends with what the contract promises and a model file in the library', async () => {
  expect(searched).toMatchObject({ code: 0, last: { event: 'done' } });
  const result = resultSchemas.search.parse(searched.last);
  expect(result).toMatchObject({ model: modelFile, steps: 30, budgetRatio: 0.8 });
  // Which stock models are as fast is for the clock to say.
  expect(result.rival !== undefined).toBe(result.psnr.stock !== null);
  expect(result.budgetMsPerMP).toBeCloseTo(0.8 * result.refMsPerMP, 9);
  expect(result.msPerMP).toBeCloseTo(result.ratio * result.refMsPerMP, 6);
  expect(result.params).toBeGreaterThan(100);
  expect(result.psnr.bicubic).toBeGreaterThan(10);
  expect(result.psnr.model).toBeGreaterThan(10);
  expect(existsSync(modelFile)).toBe(true);
  const { history } = await readRecord(modelFile);
  expect(history.map(({ stage, step }) => `${stage} ${step}`)).toEqual(
    Array.from({ length: 30 }, (_, i) => `${i < 12 ? 'search' : 'tune'} ${i + 1}`),
  );
});

test('its progress is told in lines whose fraction never falls', () => {
  const told = searched.lines.slice(0, -1);
  expect(new Set(told.map(({ event }) => event))).toEqual(new Set(['progress']));
  const fractions = told.map(({ fraction }) => fraction as number);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(told.map(({ phase }) => phase)).toEqual(
    expect.arrayContaining(['looking at the photos', 'searching', 'training the model']),
  );
});

test('models lists and shows it', async () => {
  const list = await run('models', 'list');
  expect(list).toMatchObject({ code: 0, last: { event: 'done', action: 'list', unreadable: [] } });
  expect(list.last?.['models']).toContainEqual(expect.objectContaining({ path: modelFile }));
  const show = await run('models', 'show', 'lisbon');
  const { model } = resultSchemas.models.parse(show.last);
  const { genotype } = resultSchemas.search.parse(searched.last);
  expect(modelCardSchema.parse(model?.card)).toMatchObject({ name: 'lisbon', genotype, steps: 30, seed: 1 });
});

test('a folder is upscaled with it: tree mirrored, bad files named, nothing else touched, nothing done twice', async () => {
  await writeJpeg(at('in', 'upright.jpg'), { width: 60, height: 40, orientation: 6 });
  await writeTruncated(at('in', 'broken.jpg'));
  writeFileSync(at('in', 'text.jpg'), 'Dear diary');
  writeFileSync(at('in', 'notes.txt'), 'no photo');
  const glass = at('in', 'sub', 'deep', 'glass.png');
  mkdirSync(dirname(glass), { recursive: true });
  const background = { r: 200, g: 30, b: 90, alpha: 0.5 };
  await sharp({ create: { width: 50, height: 30, channels: 4, background } })
    .png()
    .toFile(glass);
  const before = checksums(at('in'));

  const first = await run('upscale', at('in'), '--out', at('out'));
  expect(first.code).toBe(3);
  const { files } = resultSchemas.upscale.parse(first.last);
  const said = files.map(({ input, status, reason }) => [input, status, reason]);
  expect(said).toEqual([
    [at('in', 'broken.jpg'), 'failed', expect.stringMatching(/broken\.jpg is damaged.*Copy it again/)],
    [glass, 'done', undefined],
    [at('in', 'text.jpg'), 'failed', expect.stringMatching(/text\.jpg is not a picture.*Only JPEG/)],
    [at('in', 'upright.jpg'), 'done', undefined],
  ]);
  const results = checksums(at('out'));
  expect(Object.keys(results)).toEqual(['sub/deep/glass.png', 'upright.jpg']);
  expect(await sharp(at('out', 'upright.jpg')).metadata()).toMatchObject({ width: 80, height: 120 });
  expect(await sharp(at('out', 'sub', 'deep', 'glass.png')).metadata()).toMatchObject({
    ...{ width: 100, height: 60, hasAlpha: true },
  });
  expect(checksums(at('in'))).toEqual(before);

  const second = await run('upscale', at('in'), '--out', at('out'), '--model', 'lisbon');
  expect(second.code).toBe(3);
  expect(resultSchemas.upscale.parse(second.last).files.map(({ status }) => status)).toEqual([
    ...['failed', 'skipped', 'failed', 'skipped'],
  ]);
  expect(checksums(at('out'))).toEqual(results);
});

test('evaluate judges it beside bicubic, on pictures of odd sizes too', async () => {
  const { code, last } = await run('evaluate', '--model', 'lisbon', 'bicubic', '--hr', at('hr'));
  expect(code).toBe(0);
  const [lisbon, bicubic] = resultSchemas.evaluate.parse(last).models;
  expect(lisbon).toMatchObject({ model: 'lisbon', params: searched.last?.['params'] });
  expect(lisbon?.ratio).toBeGreaterThan(0);
  expect(bicubic).toMatchObject({ model: 'bicubic', params: null, msPerMP: null, ratio: null });
  for (const model of [lisbon, bicubic]) {
    expect(model?.sets[0]?.images.map(({ name }) => name)).toEqual(['photo 1.png', 'photo 2.png']);
    expect(model?.sets[0]?.psnr).toBeGreaterThan(10);
  }
  const alone = await run('evaluate', '--model', 'bicubic', '--hr', at('hr'), '--scale', '2');
  expect(alone).toMatchObject({
    code: 0,
    last: { psnr: bicubic?.sets[0]?.psnr, ssim: bicubic?.sets[0]?.ssim },
  });
});
