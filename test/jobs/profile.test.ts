import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { profile } from '../../src-main/jobs/profile';
import { processor } from '../../src-main/latency/devices';
import { deviceTable } from '../../src-main/latency/deviceTable';
import { measureTable, type MeasureTableOptions } from '../../src-main/latency/measureTable';
import { LatencyTable } from '../../src-main/latency/table';
import { plans, speeds } from '../../src-main/latency/speedFile';
import { loadTable, tableKey } from '../../src-main/latency/tableFile';
import { modelPath } from '../../src-main/model/library';
import { networkId, readModelFile } from '../../src-main/model/modelFile';
import { renameModel } from '../../src-main/model/ownModels';
import { resultSchemas } from '../../src-main/shared/results';
import type { Progress } from '../../src-main/shared/progress';
import { storeTiny } from '../support/tinyModels';

// Measuring takes half a minute; here it is what comes before and after that counts.
vi.mock('../../src-main/latency/measureTable', () => ({
  measureTable: vi.fn(({ key, onProgress }: MeasureTableOptions) => {
    onProgress?.(0.5);
    const { data } = LatencyTable.synthetic(
      (_, a, b) => a * b,
      (width) => width,
      (width) => width,
    );
    return Promise.resolve({ ...data, key });
  }),
}));

vi.mock('../../src-main/latency/measure', async (original) => ({
  ...(await original<object>()),
  measureRatio: vi.fn(() => Promise.resolve({ msPerMP: 50, refMsPerMP: 100, ratio: 0.5, spread: 0 })),
}));

vi.mock('../../src-main/latency/runPlan', async (original) => ({
  ...(await original<object>()),
  measurePlan: () => Promise.resolve({ tile: 384 }),
}));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'pixel-tailor-'));
  vi.stubEnv('PIXEL_TAILOR_HOME', home);
  vi.mocked(measureTable).mockClear();
});
afterEach(() => rm(home, { recursive: true }));

const { signal } = new AbortController();

test('profile measures anew each time and stores the table where a search finds it', async () => {
  const seen: Progress[] = [];
  const context = { signal, onProgress: (progress: Progress) => void seen.push(progress) };
  const result = await profile({ device: 'cpu' }, context);
  await profile({ device: 'cpu' }, context);
  expect(measureTable).toHaveBeenCalledTimes(2);
  expect(result.entries).toBe(4 * (10 + 4) + 3 * 4 + 4);
  expect(result.path.startsWith(join(home, 'latency'))).toBe(true);
  expect(seen[0]).toMatchObject({ phase: 'measuring this device', fraction: 0.5 });

  const folder = join(home, 'latency');
  const stored = await loadTable(folder, tableKey(processor()));
  expect((await deviceTable({ folder, device: processor(), signal })).data).toEqual(stored?.data);
  expect(measureTable).toHaveBeenCalledTimes(2);
});

test('an unknown device is refused before anything is measured', async () => {
  const refused = profile({ device: 'tpu' }, { signal, onProgress: () => undefined });
  await expect(refused).rejects.toThrow('choose auto, cpu');
  expect(measureTable).not.toHaveBeenCalled();
});

test('with a model its speed is measured and kept for that network, whatever it is called', async () => {
  const context = { signal, onProgress: () => undefined };
  await storeTiny('lisbon', { scale: 2 });
  const result = await profile({ device: 'cpu', model: 'lisbon' }, context);
  const speed = { msPerMP: 50, refMsPerMP: 100, ratio: 0.5 };
  expect(result).toEqual({
    entries: 1,
    path: join(home, 'latency', 'speeds.json'),
    model: 'lisbon',
    tile: 384,
    ...speed,
  });
  expect(resultSchemas.profile.parse(result)).toEqual(result);
  expect(measureTable).not.toHaveBeenCalled();

  await renameModel('lisbon', 'porto');
  const id = networkId((await readModelFile(modelPath('porto'))).bytes);
  expect(await speeds.load(join(home, 'latency'), tableKey(processor()))).toEqual({ [id]: speed });
  expect(await plans.load(join(home, 'latency'), tableKey(processor()))).toEqual({ [id]: { tile: 384 } });
  await expect(profile({ device: 'cpu', model: 'lisbon' }, context)).rejects.toThrow('no model "lisbon"');
});
