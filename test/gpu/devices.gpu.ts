import { expect, it, vi } from 'vitest';
import { chooseDevice, testDevices } from '../../src-main/train/chooseDevice';
import { temporaryFolder } from '../image/samples';

const home = temporaryFolder();
const context = { signal: new AbortController().signal, onProgress: () => undefined };

it('is called by its name, passes the self-test and is remembered', async () => {
  vi.stubEnv('PIXEL_TAILOR_HOME', home);
  // Where the processor plays the GPU, its shaders alone take longer to compile than a GPU may take for all.
  const tested = await testDevices(context, { patience: 120 });
  const gpu = tested.find(({ id }) => id === 'gpu');
  expect(gpu).toMatchObject({ ok: true, provider: 'webgpu' });
  if (process.env['GPU'] !== 'own') expect(gpu!.name).toMatch(/^SwiftShader/);
  const { id, name, provider } = gpu!;
  expect(await chooseDevice('gpu', 'training', context)).toEqual({ id, name, provider });
});
