import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { Rng } from '../../src-main/base/rng';
import { cropToMultiple, degrade, resizeBicubic } from '../../src-main/data/degrade';
import { constant, conv, depthToSpace, input } from '../../src-main/graph/build';
import { encodePhoto } from '../../src-main/image/encode';
import { psnrY, ssimY } from '../../src-main/image/metrics';
import { blankPixels, type Pixels } from '../../src-main/image/pixels';
import { evaluate } from '../../src-main/jobs/evaluate';
import { modelPath } from '../../src-main/model/library';
import type * as ModelFile from '../../src-main/model/modelFile';
import { writeModelFile } from '../../src-main/model/modelFile';
import { encodeModel } from '../../src-main/onnx/encode';
import { resultSchemas } from '../../src-main/shared/results';
import { fakeCard } from '../support/fakeCard';
import { declare, foreignModel, nearest } from '../support/tinyModels';

let folder: string;
let first: string;
let second: string;

/** Smooth waves with a little noise. */
function picture(width: number, height: number, seed: number): Pixels {
  const rng = new Rng(seed);
  const pixels = blankPixels(width, height, 3);
  for (let i = 0; i < pixels.data.length; i++)
    pixels.data[i] = 128 + 90 * Math.sin((i % (3 * width)) / 40 + seed) + 8 * rng.next();
  return pixels;
}

const save = (path: string, pixels: Pixels) => encodePhoto(pixels, {}, path, { format: 'png' });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixel-tailor-'));
  vi.stubEnv('PIXEL_TAILOR_HOME', join(folder, 'home'));
  [first, second] = [join(folder, 'first'), join(folder, 'second')];
  for (const name of [first, second, join(folder, 'empty'), join(folder, 'tiny')]) await mkdir(name);
  await save(join(first, 'a.png'), picture(61, 40, 1));
  await save(join(first, 'b.png'), picture(48, 57, 2));
  await save(join(second, 'c.png'), picture(44, 44, 3));
  await save(join(folder, 'tiny', 'd.png'), picture(14, 40, 4));
  await writeModelFile(modelPath('near'), nearest(2), fakeCard({ name: 'near', receptiveRadius: 0 }));
  await writeFile(join(folder, 'foreign.onnx'), encodeModel({ out: nearest(2) }));
});
afterAll(() => rm(folder, { recursive: true }));

/** How many runs of a foreign network on pictures find no memory. */
let failures = 0;
vi.mock('../../src-main/model/modelFile', async (original) => {
  const real = await original<typeof ModelFile>();
  const openForeignModel: typeof real.openForeignModel = async (...args) => {
    const net = await real.openForeignModel(...args);
    const run: typeof net.run = (...input) =>
      failures-- > 0 ? Promise.reject(new Error('out of memory')) : net.run(...input);
    return { ...net, run };
  };
  return { ...real, openForeignModel };
});

const context = { signal: new AbortController().signal, onProgress: () => undefined };
const run = (models: string[], hr: string[], scale: 2 | 3 | 4 = 2) =>
  evaluate({ models, hr, scale, device: 'cpu', time: false }, context);

test('bicubic follows the protocol; one model on one folder has its means at the top', async () => {
  const result = await run(['bicubic'], [first], 3);
  expect(resultSchemas.evaluate.parse(result)).toEqual(result);
  const [model] = result.models;
  expect(model).toMatchObject({ model: 'bicubic', params: null, msPerMP: null, ratio: null });
  const images = model!.sets[0]!.images;
  expect(images.map(({ name }) => name)).toEqual(['a.png', 'b.png']);
  const hr = cropToMultiple(picture(61, 40, 1), 3);
  const sr = resizeBicubic(degrade(hr, 3), hr.width, hr.height);
  expect(images[0]).toEqual({ name: 'a.png', psnr: psnrY(sr, hr, 3), ssim: ssimY(sr, hr, 3) });
  expect(result.psnr).toBeCloseTo((images[0]!.psnr + images[1]!.psnr) / 2, 12);
  expect(result.ssim).toBeCloseTo((images[0]!.ssim + images[1]!.ssim) / 2, 12);
});

test("our models and anybody's are compared on several folders, network outputs rounded to 8 bits", async () => {
  const { models, ...top } = await run(['near', join(folder, 'foreign.onnx'), 'bicubic'], [first, second]);
  expect(top).toEqual({});
  const [ours, foreign, bicubic] = models;
  expect(ours!.params).toBe(fakeCard().params);
  expect(foreign!.params).toBe(36);
  expect(foreign!.sets).toEqual(ours!.sets);
  expect(ours!.sets.map(({ hr }) => hr)).toEqual([first, second]);
  expect(bicubic!.sets[0]!.psnr).toBeGreaterThan(ours!.sets[0]!.psnr);

  const hr = picture(44, 44, 3);
  const lr = degrade(hr, 2);
  const sr = blankPixels(44, 44, 3);
  for (let y = 0; y < 44; y++)
    for (let x = 0; x < 44; x++)
      for (let c = 0; c < 3; c++)
        sr.data[(y * 44 + x) * 3 + c] = lr.data[((y >> 1) * 22 + (x >> 1)) * 3 + c]!;
  expect(ours!.sets[1]!.psnr).toBeCloseTo(psnrY(sr, hr, 2), 10);
});

test('networks are timed unless that is turned off', async () => {
  const config = { models: ['near'], hr: [second], scale: 2 as const, device: 'cpu' };
  const [model] = (await evaluate(config, context)).models;
  expect(model!.msPerMP).toBeGreaterThan(0);
  expect(model!.ratio).toBeGreaterThan(0);
});

test('a network whose radius nobody knows always sees whole pictures', async () => {
  const kernel = Float32Array.from({ length: 12 * 27 }, (_, i) => (i % 27) / 351);
  const blurred = conv(input('lr', [1, 3, 'h', 'w']), constant(kernel, [12, 3, 3, 3]));
  const model = join(folder, 'blurring.onnx');
  await writeFile(model, encodeModel({ out: depthToSpace(blurred, 2) }));
  const whole = await run([model], [second]);
  failures = 1;
  expect(await run([model], [second])).toEqual(whole);
});

test('a network that fails on a picture is named with it', async () => {
  const model = join(folder, 'of 48.onnx');
  await writeFile(model, foreignModel(nearest(2), declare(1, 3, 48, 48)));
  const failed = run([model], [second]);
  await expect(failed).rejects.toThrow(UserError);
  await expect(failed).rejects.toThrow(`${model} cannot be run on ${join(second, 'c.png')}: `);
});

test.each<[string, { models: string[]; hr?: string[]; plot?: string }, string]>([
  ['model', { models: ['bicubic', 'porto'], plot: 'plot.svg' }, 'There is no model "porto"'],
  ['plot', { models: ['bicubic'], plot: join('none', 'plot.svg') }, 'none is not a folder'],
  ['plot name', { models: ['bicubic'], plot: 'first' }, 'first is a folder. Name a file in it'],
  ['picture', { models: ['bicubic'], hr: ['first', 'tiny'] }, 'd.png is too small'],
])('a wrong %s is told before any work', async (_, { models, hr = ['first'], plot }, reason) => {
  const onProgress = vi.fn();
  const folders = hr.map((name) => join(folder, name));
  const evaluated = evaluate(
    { models, hr: folders, scale: 2, device: 'cpu', ...(plot !== undefined && { plot: join(folder, plot) }) },
    { ...context, onProgress },
  );
  await expect(evaluated).rejects.toThrow(reason);
  expect(onProgress).not.toHaveBeenCalled();
});

test.each<[string, () => Promise<unknown>, string]>([
  ['a folder without pictures', () => run(['bicubic'], [join(folder, 'empty')]), 'empty has no JPEG'],
  ['a picture too small to be judged', () => run(['bicubic'], [join(folder, 'tiny')]), 'd.png is too small'],
  ['an unknown model', () => run(['porto'], [first]), 'There is no model "porto"'],
  ['a model of another scale', () => run(['near'], [first], 3), 'near upscales 2 times'],
])('%s is refused', async (_, evaluated, reason) => {
  await expect(evaluated()).rejects.toThrow(reason);
});
