import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { saveDevices } from '../../src-main/latency/deviceFile';
import { processor } from '../../src-main/latency/devices';
import { parseConfig } from '../../src-main/shared/config';
import type { Progress } from '../../src-main/shared/progress';
import { resultSchemas } from '../../src-main/shared/results';
import { forkEngine, superviseJob } from '../../src-main/supervisor';
import { workplace } from '../support/builtCli';
import { checksums, writeModel, writePhotos } from '../support/photoFiles';

// A GPU that passed its self-test, and that throws in the middle of a batch.

const at = workplace();

beforeAll(async () => {
  vi.stubEnv('PIXEL_TAILOR_HOME', at('home'));
  // Only its place is looked at, as the sign of a driver.
  writeFileSync(at('driver.json'), '{}');
  vi.stubEnv('VK_ICD_FILENAMES', at('driver.json'));
  await writePhotos(at('photos'), 6, { width: 40, height: 30 });
  await writeModel(at('home'), 'small', { width: 8, cells: 1 });
});

async function upscaleOn(device: string): Promise<{ seen: Progress[]; checksums: Record<string, string> }> {
  const tested = { ok: true, gflops: 1, stepMs: 1 };
  await saveDevices(join(at('home'), 'latency'), [
    { ...processor(), ...tested, tileMs: 20 },
    { id: 'gpu', name: 'A card', provider: 'webgpu', ...tested, tileMs: 10 },
  ]);
  const seen: Progress[] = [];
  const out = at(`out ${device}`);
  const result = await superviseJob(
    'upscale',
    parseConfig('upscale', {
      inputs: [at('photos')],
      out,
      model: 'small',
      device,
      journal: at(`${device}.jsonl`),
    }),
    {
      start: () => forkEngine(resolve(import.meta.dirname, '../support/lostDevice.mjs')),
      signal: new AbortController().signal,
      onProgress: (progress) => void seen.push(progress),
    },
  );
  const { files } = resultSchemas.upscale.parse(result);
  expect(files.map(({ status }) => status)).toEqual(Array(6).fill('done'));
  return { seen, checksums: checksums(out) };
}

test.each(['auto', 'gpu'])(
  '--device %s goes on on the processor, and all photos are done as by it alone',
  async (device) => {
    const { seen, checksums } = await upscaleOn(device);
    expect(seen.flatMap((event) => event.device ?? []).map(({ id }) => id)).toEqual(['gpu', 'cpu']);
    expect(seen.filter(({ phase }) => phase === 'restarting').map(({ message }) => message)).toEqual([
      'A card failed: WebGPU device lost. The next best device goes on.',
    ]);
    expect(checksums).toEqual((await upscaleOn('cpu')).checksums);
  },
);
