import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { Desk } from '../../src-main/app/desk';
import { forkEngine } from '../../src-main/supervisor';
import { workplace } from '../support/builtCli';
import { writeJpeg, writeModel } from '../support/photoFiles';

// The built engine, kept to answer questions.

const at = workplace();
vi.stubEnv('PIXEL_TAILOR_HOME', at('home'));
const desk = new Desk(() => forkEngine(resolve(import.meta.dirname, '..', '..', 'out', 'main', 'engine.js')));
afterAll(() => {
  desk.close();
});

test('an engine answers many questions at once, each to the one who asked', async () => {
  await writeModel(at('home'), 'lisbon');
  await writeJpeg(at('a.jpg'), { width: 30, height: 20 });
  writeFileSync(at('b.jpg'), 'text');
  const [models, heads, small, large, refused, unknown] = await Promise.allSettled([
    desk.ask('models', {}),
    desk.ask('headers', { paths: [at('a.jpg'), at('b.jpg')] }),
    desk.ask('thumbnail', { path: at('a.jpg'), side: 8 }),
    desk.ask('region', { path: at('a.jpg'), x: 0, y: 0, width: 9, height: 9, by: 'lisbon' }),
    desk.ask('rename', { model: 'porto', name: 'faro' }),
    desk.ask('weather', {}),
  ]);
  expect(models).toMatchObject({ value: { unreadable: [] } });
  expect(models).toHaveProperty('value.models.0.card.name', 'lisbon');
  expect(heads).toMatchObject({
    value: [
      { width: 30, height: 20, format: 'jpeg' },
      { reason: expect.stringContaining('b.jpg') as string },
    ],
  });
  for (const picture of [small, large])
    expect(picture).toMatchObject({ value: { bytes: expect.any(Uint8Array) as Uint8Array } });
  expect(refused).toMatchObject({ reason: { failure: { exitCode: 2 } } });
  expect(unknown).toMatchObject({ reason: { failure: { exitCode: 1 } } });
});
