import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { profile } from '../../src-main/jobs/profile';
import { deviceTable } from '../../src-main/latency/deviceTable';
import { measureTable, type MeasureTableOptions } from '../../src-main/latency/measureTable';
import { LatencyTable } from '../../src-main/latency/table';
import { loadTable, tableKey } from '../../src-main/latency/tableFile';
import type { Progress } from '../../src-main/shared/progress';

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
  expect(result.entries).toBe(4 * 10 + 3 * 4 + 4);
  expect(result.path.startsWith(join(home, 'latency'))).toBe(true);
  expect(seen[0]).toMatchObject({ phase: 'measuring this device', fraction: 0.5 });

  const folder = join(home, 'latency');
  const stored = await loadTable(folder, tableKey('cpu'));
  expect((await deviceTable({ folder, device: 'cpu', signal })).data).toEqual(stored?.data);
  expect(measureTable).toHaveBeenCalledTimes(2);
});

test('an unknown device is refused before anything is measured', async () => {
  const refused = profile({ device: 'tpu' }, { signal, onProgress: () => undefined });
  await expect(refused).rejects.toThrow('choose cpu');
  expect(measureTable).not.toHaveBeenCalled();
});
