import { expect, test } from 'vitest';
import { devices } from '../../src-main/jobs/devices';
import { findDevice } from '../../src-main/latency/devices';
import { resultSchemas } from '../../src-main/shared/results';

test('the processor is listed with its speed and passes its self-test', async () => {
  const context = { signal: new AbortController().signal, onProgress: () => undefined };
  const result = await devices({}, context);
  expect(resultSchemas.devices.parse(result)).toEqual(result);
  const [cpu] = result.devices;
  expect(cpu).toMatchObject({ id: 'cpu', provider: 'cpu', ok: true });
  expect(cpu?.gflops).toBeGreaterThan(0);
});

test('an unknown device is refused with the known ones', () => {
  expect(() => findDevice('tpu')).toThrow('There is no device "tpu" for --device here: choose cpu.');
});
