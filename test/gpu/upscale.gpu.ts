import { beforeAll, expect, it } from 'vitest';
import { DeviceFailed } from '../../src-main/base/errors';
import { measurePlan, planned, usualPlan, type RunPlan } from '../../src-main/latency/runPlan';
import { openNetwork } from '../../src-main/model/modelFile';
import { encodeDeployed, receptiveRadius } from '../../src-main/model/network';
import { encodeModel } from '../../src-main/onnx/encode';
import type { Provider } from '../../src-main/runtime/session';
import { parseGenotype } from '../../src-main/search/genotype';
import { upscaleImage } from '../../src-main/tiling/upscaleImage';
import { freshState } from '../../src-main/train/state';
import { discs } from '../support/synthetic';
import { nearest } from '../support/tinyModels';

const candidates = parseGenotype('x2 c8 f0 | edge3 8 sep5 | ir 12 conv3');
const network = {
  bytes: encodeDeployed(candidates, freshState(candidates, 1, { search: 1, tune: 1 })),
  radius: receptiveRadius(candidates),
};

async function upscaled(
  provider: Provider,
  plan: RunPlan,
  { bytes: model, radius } = network,
): Promise<Uint8Array | Uint16Array> {
  const { bytes, session } = planned(model, plan);
  const net = await openNetwork('network', bytes, { provider, ...session });
  try {
    const { tile, batch = 1 } = plan;
    return (await upscaleImage(discs(110, 60, 1), { scale: 2, radius, tile, batch, ...net })).data;
  } finally {
    await net.dispose();
  }
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

let whole: Uint8Array | Uint16Array;
beforeAll(async () => {
  whole = await upscaled('cpu', { tile: 110 });
});

it('a photo in tiles is the one that the CPU makes to 2/255, and the one without tiles to 1/255', async () => {
  const tiled = await upscaled('webgpu', { tile: 32 });
  expect(tiled).toHaveLength(whole.length);
  expect(worst(tiled, whole)).toBeLessThanOrEqual(2);
  expect(worst(tiled, await upscaled('webgpu', { tile: 110 }))).toBeLessThanOrEqual(1);
});

it.each<[string, RunPlan]>([
  ['several tiles at once', { tile: 32, batch: 2 }],
  ['channels first', { tile: 32, layout: 'NCHW' }],
])('%s: the photo is the one that the CPU makes to 2/255', async (_, plan) => {
  expect(worst(await upscaled('webgpu', plan), whole)).toBeLessThanOrEqual(2);
});

it('float16 makes the photo of the CPU to 2/255, or is told to be missing', async () => {
  const photo = await upscaled('webgpu', { tile: 32, half: true }).catch((error: unknown) => error);
  if (photo instanceof DeviceFailed) expect(photo.message).toMatch(/^Program .* requires f16/);
  else expect(worst(photo as Uint8Array, whole)).toBeLessThanOrEqual(2);
});

it('the way to run a network is found by measuring, and makes the same photo', async () => {
  const { signal } = new AbortController();
  const tiny = { bytes: encodeModel({ sr: nearest(2) }), radius: 0 };
  const plan = await measurePlan(tiny.bytes, tiny.radius, { provider: 'webgpu' }, { signal });
  console.log('fastest:', plan);
  const [cpu, gpu] = [await upscaled('cpu', usualPlan, tiny), await upscaled('webgpu', plan, tiny)];
  expect(worst(gpu, cpu)).toBeLessThanOrEqual(2);
});
