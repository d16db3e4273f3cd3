import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { models } from '../../src-main/jobs/models';
import { modelPath } from '../../src-main/model/library';
import { parseConfig } from '../../src-main/shared/config';
import { resultSchemas } from '../../src-main/shared/results';
import { writeCard } from '../support/cardFiles';
import { fakeCard } from '../support/fakeCard';

vi.mock('../../src-main/model/modelFile', () => import('../support/cardFiles'));

let home: string;
let file: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'models-'));
  file = join(home, 'download.onnx');
  await writeCard(file, fakeCard());
  vi.stubEnv('PIXEL_TAILOR_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const run = async (action: string, model?: string, out?: string) =>
  resultSchemas.models.parse(await models(parseConfig('models', { action, model, out })));

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
  await writeCard(file, fakeCard({ name: '../../evil' }));
  await expect(run('import', file)).rejects.toThrow('cannot be a file');
});

test('what is missing is named', async () => {
  await expect(run('show')).rejects.toThrow('Expected the name or the file of a model');
  await run('import', file);
  await expect(run('export', 'lisbon')).rejects.toThrow('Expected a file or a folder');
  await expect(run('export', 'lisbon', join(home, 'no', 'such', 'x.onnx'))).rejects.toThrow(
    'There is no folder',
  );
});
