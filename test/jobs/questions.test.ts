import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, type Answers, type Asks, type QuestionName } from '../../src-main/jobs/questions';
import { saveDevices } from '../../src-main/latency/deviceFile';
import { homePath, modelPath, samplePhotos } from '../../src-main/model/library';
import { calls } from '../../src-main/shared/api';
import { answerSchema } from '../../src-main/shared/messages';
import { makeHome } from '../support/builtCli';
import { writeJpeg, writePhotos } from '../support/photoFiles';
import { storeTiny } from '../support/tinyModels';

vi.mock('../../src-main/runtime/session', () => {
  throw new Error('onnxruntime is loaded');
});

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'questions-'));
  vi.stubEnv('PIXEL_TAILOR_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

let count = 0;
const send = (question: string, input: unknown) =>
  answer({ type: 'ask', id: count++, question, input }).then((told) =>
    answerSchema.parse(JSON.parse(JSON.stringify(told))),
  );

/** The answer; throws where it is refused. */
async function ask<Name extends QuestionName>(question: Name, input: Asks<Name>): Promise<Answers<Name>> {
  const told = await send(question, input);
  if (told.event === 'refusal') throw new Error(told.message);
  return told.output as Answers<Name>;
}

describe('the library', () => {
  it('is told as the screens want it', async () => {
    await storeTiny('lisbon');
    await writeFile(modelPath('broken'), 'text');
    const output = await ask('models', {});
    expect(calls.models.gives.shape.models.parse(output.models)[0]).toMatchObject({ own: true, here: null });
    expect(output.models[0]?.path).toBe(modelPath('lisbon'));
    expect(output.unreadable).toMatchObject([{ path: modelPath('broken') }]);
    expect(await ask('story', { model: 'lisbon' })).toBeNull();
  });

  it('knows which searches were begun, not what a refused one left', async () => {
    for (const name of ['begun', 'refused'])
      await mkdir(join(homePath('searches'), name), { recursive: true });
    await writeFile(join(homePath('searches'), 'begun', 'checkpoint'), 'state');
    expect((await ask('models', {})).searches).toEqual(['begun']);
  });

  it('is changed', async () => {
    await storeTiny('lisbon');
    expect(await ask('rename', { model: 'lisbon', name: 'porto' })).toEqual({});
    expect(await ask('remove', { model: 'porto' })).toEqual({});
    expect(await readdir(homePath('models'))).toEqual([]);
    expect(await ask('restore', { model: 'porto' })).toEqual({});
    const folder = await mkdtemp(join(home, 'usb-'));
    expect(await ask('exportTo', { model: 'porto', folder })).toBe(join(folder, 'porto.onnx'));
    expect(await readdir(folder)).toEqual(['porto.onnx']);
  });

  it('is changed by one question after the other', async () => {
    await storeTiny('lisbon');
    const [renamed, refused, removed] = await Promise.all([
      send('rename', { model: 'lisbon', name: 'porto' }),
      send('rename', { model: 'lisbon', name: 'faro' }),
      send('remove', { model: 'porto' }),
    ]);
    expect([renamed.event, refused.event, removed.event]).toEqual(['answer', 'refusal', 'answer']);
    expect(await readdir(homePath('models'))).toEqual([]);
  });
});

describe('what a search would need', () => {
  it('has no curve until the device is measured', async () => {
    expect(await ask('speedCurve', { scale: 2 })).toBeNull();
    await makeHome(home);
    const curve = calls.speedCurve.gives.parse(await ask('speedCurve', { scale: 4 }));
    expect(curve?.points.length).toBeGreaterThan(5);
  });

  it('counts photos at any depth, and free space even where nothing is yet', async () => {
    const folder = await writePhotos(join(home, 'photos'), 2, { width: 8, height: 8 });
    await writeJpeg(join(folder, 'deep', 'er', 'a.jpg'), { width: 8, height: 8 });
    await writeFile(join(folder, 'notes.txt'), 'text');
    vi.stubEnv('PIXEL_TAILOR_HOME', join(home, 'not', 'there'));
    const { photos, freeBytes } = await ask('preflight', { photos: [folder] });
    expect(photos).toBe(3);
    expect(freeBytes).toBeGreaterThan(0);
    expect((await ask('preflight', { photos: [] })).photos).toBe((await samplePhotos()).length);
  });
});

it('devices are as they were tested last', async () => {
  expect(await ask('devices', {})).toBeNull();
  const card = { id: 'gpu', name: 'A card', provider: 'webgpu' };
  const tested = [{ ...card, ok: false, gflops: null, tileMs: null, stepMs: null, reason: 'it is gone' }];
  await saveDevices(homePath('latency'), tested);
  expect(await ask('devices', {})).toEqual(tested);
});

it('headers come in order, bad files with their reason', async () => {
  const [upright, text] = [join(home, 'upright.jpg'), join(home, 'text.jpg')];
  await writeJpeg(upright, { width: 40, height: 20, orientation: 6 });
  await writeFile(text, 'Dear diary');
  const heads = await ask('headers', { paths: [text, upright, join(home, 'none.jpg')] });
  expect(calls.lookAt.gives.parse(heads)).toEqual([
    { reason: expect.stringContaining('text.jpg is not a picture') as string },
    { width: 20, height: 40, format: 'jpeg' },
    { reason: expect.stringContaining('none.jpg') as string },
  ]);
  await expect(ask('headers', { paths: Array<string>(201).fill(upright) })).rejects.toThrow('fault');
});

it('pictures come as they are: bytes', async () => {
  const path = join(home, 'a.jpg');
  await writeJpeg(path, { width: 40, height: 20 });
  const place = { x: 0, y: 0, width: 20, height: 10 };
  for (const [question, input] of [
    ['thumbnail', { path, side: 16 }],
    ['region', { path, ...place, by: 'bicubic', scale: 2 }],
  ] as const)
    expect(await answer({ type: 'ask', id: 1, question, input })).toMatchObject({
      output: {
        type: expect.stringMatching(/^image/) as string,
        bytes: expect.any(Uint8Array) as Uint8Array,
      },
    });
});

it('what goes wrong is a refusal, as a command would tell it', async () => {
  expect(await send('story', { model: 'lisbon' })).toMatchObject({ event: 'refusal', exitCode: 2 });
  for (const [question, input] of [
    ['toString', {}],
    ['story', {}],
  ] as const)
    expect(await send(question, input)).toMatchObject({ event: 'refusal', exitCode: 1 });
});
