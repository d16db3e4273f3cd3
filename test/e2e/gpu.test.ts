import { beforeAll, expect, test, vi } from 'vitest';
import { decodePhoto } from '../../src-main/image/decode';
import { runCli, workplace } from '../support/builtCli';
import { writeModel, writePhotos } from '../support/photoFiles';
import { hasSwiftShader, swiftShader } from '../support/swiftshader';
import { homeWithGpu } from '../support/trustGpu';

// A few seconds of what `npm run test:gpu` shows at length.

const at = workplace();
beforeAll(async () => {
  if (!hasSwiftShader) return;
  for (const [name, value] of Object.entries(swiftShader())) vi.stubEnv(name, value);
  await homeWithGpu(at('home'));
  await writeModel(at('home'), 'small');
  await writePhotos(at('photos'), 1, { width: 40, height: 30 });
});

test.runIf(hasSwiftShader)(
  'the command line upscales a photo on a GPU as on the processor, to 2/255',
  async () => {
    const pictures = [];
    for (const device of ['cpu', 'gpu']) {
      const args = ['upscale', at('photos'), '--out', at(device), '--model', 'small', '--device', device];
      const { code, last } = await runCli(at('home'), args);
      expect(last).toMatchObject({ event: 'done', files: [{ status: 'done' }] });
      expect(code).toBe(0);
      pictures.push((await decodePhoto(at(device, 'photo 1.png'))).pixels.data);
    }
    const [cpu, gpu] = pictures as [Uint8Array, Uint8Array];
    expect(gpu).toHaveLength(cpu.length);
    expect(Math.max(...gpu.map((value, i) => Math.abs(value - cpu[i]!)))).toBeLessThanOrEqual(2);
  },
);
