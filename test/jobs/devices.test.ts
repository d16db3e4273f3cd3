import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { devices } from '../../src-main/jobs/devices';
import { resultSchemas } from '../../src-main/shared/results';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'pixel-tailor-'));
  vi.stubEnv('PIXEL_TAILOR_HOME', home);
});

afterAll(async () => {
  await rm(home, { recursive: true });
});

test('the processor is listed with its speed and passes its self-test', async () => {
  const context = { signal: new AbortController().signal, onProgress: () => undefined };
  const result = await devices({}, context);
  expect(resultSchemas.devices.parse(result)).toEqual(result);
  const [cpu] = result.devices;
  expect(cpu).toMatchObject({ id: 'cpu', provider: 'cpu', ok: true });
  expect(cpu?.gflops).toBeGreaterThan(0);
});
