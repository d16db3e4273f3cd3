import { join } from 'node:path';
import { saveDevices } from '../../src-main/latency/deviceFile';
import { possibleDevices, type Device } from '../../src-main/latency/devices';
import { LatencyTable } from '../../src-main/latency/table';
import { saveTable, tableKey } from '../../src-main/latency/tableFile';
import { makeHome, testCosts } from './builtCli';

/**
 * Makes a home whose processor and GPU are tested and measured already: a GPU that the processor plays would take minutes
 * for that. Returns the GPU.
 */
export async function homeWithGpu(home: string): Promise<Device> {
  await makeHome(home);
  const gpu = possibleDevices().find(({ provider }) => provider === 'webgpu');
  if (!gpu) throw new Error('There is no driver of a GPU here');
  const passed = { ok: true, gflops: 1, tileMs: 1, stepMs: 1 };
  await saveDevices(
    join(home, 'latency'),
    possibleDevices().map((device) => ({ ...device, ...passed })),
  );
  await saveTable(join(home, 'latency'), new LatencyTable({ ...testCosts().data, key: tableKey(gpu) }));
  return gpu;
}
