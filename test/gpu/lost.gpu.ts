import { expect, it, vi } from 'vitest';
import { resultSchemas } from '../../src-main/shared/results';
import { workplace } from '../support/builtCli';
import { movesOf, superviseLosing } from '../support/superviseLosing';
import { writeModel, writePhotos } from '../support/photoFiles';
import { homeWithGpu } from '../support/trustGpu';

const at = workplace();

it('a GPU that throws in the middle of a batch is replaced, and all photos are done', async () => {
  vi.stubEnv('PIXEL_TAILOR_HOME', at('home'));
  const { name } = await homeWithGpu(at('home'));
  await writePhotos(at('photos'), 5, { width: 40, height: 30 });
  await writeModel(at('home'), 'small', { width: 8, cells: 1 });
  const config = {
    inputs: [at('photos')],
    out: at('out'),
    model: 'small',
    device: 'gpu',
    journal: at('jsonl'),
  };
  const { result, seen } = await superviseLosing('upscale', config, { GPU_IS_REAL: 'yes' });
  expect(resultSchemas.upscale.parse(result).files.map(({ status }) => status)).toEqual(
    Array(5).fill('done'),
  );
  expect(movesOf(seen)).toEqual({
    devices: ['gpu', 'cpu'],
    said: [`${name} failed: WebGPU device lost. The next best device goes on.`],
  });
});
