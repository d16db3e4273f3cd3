import { beforeEach, expect, it, vi } from 'vitest';
import type { TestedDevice } from '../../src-main/shared/results';
import { chooseDevice, testDevices } from '../../src-main/train/chooseDevice';
import { temporaryFolder } from '../image/samples';

const context = { signal: new AbortController().signal, onProgress: () => undefined };
const home = temporaryFolder();
beforeEach(() => vi.stubEnv('PIXEL_TAILOR_HOME', home));

const gpuIn = (tested: readonly TestedDevice[]): TestedDevice | undefined =>
  tested.find(({ id }) => id === 'gpu');

it('is called by its name, passes the self-test and is remembered', async () => {
  // Where the processor plays the GPU, its shaders alone take longer to compile than a GPU may take for all.
  const gpu = gpuIn(await testDevices(context, { patience: 120 }));
  expect(gpu).toMatchObject({ ok: true, provider: 'webgpu' });
  if (process.env['GPU'] !== 'own') expect(gpu!.name).toMatch(/^SwiftShader/);
  const { id, name, provider } = gpu!;
  expect(await chooseDevice('gpu', 'training', context)).toEqual({ id, name, provider });
});

it('is refused where it does not pass', async () => {
  const gpu = gpuIn(await testDevices(context, { patience: 0.01 }));
  expect(gpu).toMatchObject({ ok: false, late: true });
  await expect(chooseDevice('gpu', 'training', context)).rejects.toThrow('cannot be used: it did not answer');
  expect(await chooseDevice('auto', 'training', context)).toMatchObject({ id: 'cpu' });
});
