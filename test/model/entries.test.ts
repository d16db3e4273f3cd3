import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { processor } from '../../src-main/latency/devices';
import { speeds } from '../../src-main/latency/speedFile';
import { tableKey } from '../../src-main/latency/tableFile';
import { modelEntries } from '../../src-main/model/entries';
import { homePath, modelPath, recordPath } from '../../src-main/model/library';
import { networkId, readModelFile } from '../../src-main/model/modelFile';
import { storeTiny } from '../support/tinyModels';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'entries-'));
  vi.stubEnv('PIXEL_TAILOR_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const entry = async (name: string) =>
  (await modelEntries(processor())).models.find(({ card }) => card.name === name);
const here = async (name: string) => (await entry(name))?.here;

test('an entry tells size, place, owner and whether there are curves', async () => {
  const path = await storeTiny('lisbon');
  expect(await entry('lisbon')).toMatchObject({
    ...{ path, bytes: (await stat(path)).size, own: true, record: false, card: { name: 'lisbon' } },
  });
  await writeFile(recordPath(path), '{}');
  expect(await entry('lisbon')).toMatchObject({ record: true });
});

test('a damaged file is named', async () => {
  await storeTiny('lisbon');
  await writeFile(modelPath('broken'), 'text');
  const { unreadable } = await modelEntries(processor());
  expect(unreadable).toEqual([
    { path: modelPath('broken'), reason: expect.stringContaining('not an ONNX') as string },
  ]);
});

test('a speed is that of this device, the one measured last before the one on the card', async () => {
  const device = processor();
  await storeTiny('made here', { device, msPerMP: 30, ratio: 1.5 });
  await storeTiny('made elsewhere', { device: { ...device, name: 'Another processor' } });
  expect(await here('made here')).toEqual({ msPerMP: 30, ratio: 1.5 });
  expect(await here('made elsewhere')).toBeNull();

  // Both are the same network.
  const id = networkId((await readModelFile(modelPath('made here'))).bytes);
  const speed = { msPerMP: 40, refMsPerMP: 20, ratio: 2 };
  await speeds.save(homePath('latency'), 'another device', id, speed);
  expect(await here('made elsewhere')).toBeNull();
  await speeds.save(homePath('latency'), tableKey(device), id, speed);
  expect(await here('made here')).toEqual({ msPerMP: 40, ratio: 2 });
  expect(await here('made elsewhere')).toEqual({ msPerMP: 40, ratio: 2 });
});
