import { expect, it, vi } from 'vitest';
import { inference, matrixProduct, trainingStep } from '../../src-main/jobs/benchDevice';
import { possibleDevices } from '../../src-main/latency/devices';
import { peakSettings } from '../../src-main/latency/peak';
import { stepBenchSettings } from '../../src-main/train/stepBench';
import { temporaryFolder } from '../image/samples';

vi.mock('../../src-main/latency/networks', async (original) =>
  (await import('./small')).smallTiles(original),
);
peakSettings.sides = [128];
Object.assign(stepBenchSettings, {
  shape: { patch: 8, batch: 1 },
  supernet: { scale: 2, cells: 1, widths: [4, 8] },
  runs: 1,
});

vi.stubEnv('PIXEL_TAILOR_HOME', temporaryFolder());
const { signal } = new AbortController();
const device = possibleDevices().find(({ provider }) => provider === 'webgpu')!;

it.each([
  ['a large matrix product', matrixProduct],
  ['training steps', trainingStep],
  ['inference', inference],
])('bench --device gpu tells of %s, against the processor and the best of the GPU', async (_, bench) => {
  const results = await bench({ device, signal });
  for (const { name, value, unit, ratio, of } of results) {
    console.log(`${name}: ${value.toPrecision(3)} ${unit}${of ? `, ${ratio!.toPrecision(3)} of ${of}` : ''}`);
    expect(value, name).toBeGreaterThan(0);
  }
  expect(results.map(({ of }) => of)).toContain('that of the processor');
});
