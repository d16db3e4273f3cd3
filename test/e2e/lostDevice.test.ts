import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { saveDevices } from '../../src-main/latency/deviceFile';
import { processor } from '../../src-main/latency/devices';
import { readModelFile } from '../../src-main/model/modelFile';
import type { Progress } from '../../src-main/shared/progress';
import { resultSchemas } from '../../src-main/shared/results';
import { workplace } from '../support/builtCli';
import { movesOf, superviseLosing } from '../support/superviseLosing';
import { checksums, writeModel, writePhotos } from '../support/photoFiles';
import { homeWithGpu } from '../support/trustGpu';

// A GPU that passed its self-test, and that throws in the middle of a job.

const at = workplace();

beforeAll(async () => {
  // Only its place is looked at, as the sign of a driver.
  writeFileSync(at('driver.json'), '{}');
  vi.stubEnv('VK_ICD_FILENAMES', at('driver.json'));
  await writePhotos(at('photos'), 6, { width: 40, height: 30 });
  await writePhotos(at('larger photos'), 6);
  await writeModel(at('home'), 'small', { width: 8, cells: 1 });
});

const moved = (name: string) => ({
  devices: ['gpu', 'cpu'],
  said: [`${name} failed: WebGPU device lost. The next best device goes on.`],
});

async function upscaleOn(device: string): Promise<{ seen: Progress[]; checksums: Record<string, string> }> {
  vi.stubEnv('PIXEL_TAILOR_HOME', at('home'));
  const tested = { ok: true, gflops: 1, stepMs: 1 };
  await saveDevices(join(at('home'), 'latency'), [
    { ...processor(), ...tested, tileMs: 20 },
    { id: 'gpu', name: 'A card', provider: 'webgpu', ...tested, tileMs: 10 },
  ]);
  const out = at(`out ${device}`);
  const config = { inputs: [at('photos')], out, model: 'small', device, journal: at(`${device}.jsonl`) };
  const { result, seen } = await superviseLosing('upscale', config);
  const { files } = resultSchemas.upscale.parse(result);
  expect(files.map(({ status }) => status)).toEqual(Array(6).fill('done'));
  return { seen, checksums: checksums(out) };
}

test.each(['auto', 'gpu'])(
  'upscaling on --device %s goes on on the processor, and all photos are done as by it alone',
  async (device) => {
    const { seen, checksums } = await upscaleOn(device);
    expect(movesOf(seen)).toEqual(moved('A card'));
    expect(checksums).toEqual((await upscaleOn('cpu')).checksums);
  },
);

test.each([
  ['searches', 3],
  ['trains what it found', 8],
])(
  'a search that loses its GPU while it %s goes on on the processor from its checkpoint',
  async (_, step) => {
    const home = at(`home ${step}`);
    vi.stubEnv('PIXEL_TAILOR_HOME', home);
    const { name } = await homeWithGpu(home);
    const config = {
      photos: [at('larger photos')],
      steps: 10,
      budget: '0.2ref',
      name: 'lisbon',
      device: 'gpu',
    };
    const { result, seen } = await superviseLosing('search', config, { LOST_AT_STEP: `${step}` });
    expect(movesOf(seen)).toEqual(moved(name));
    expect(seen.flatMap(({ data }) => data?.['step'] ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(seen.filter(({ message }) => message?.includes('from here on'))).toHaveLength(1);
    const { card } = await readModelFile(join(home, 'models', 'lisbon.onnx'));
    expect(card.device.id).toBe('cpu');
    expect(result['steps']).toBe(10);
  },
);
