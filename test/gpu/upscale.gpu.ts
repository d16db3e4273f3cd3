import { beforeAll, expect, it } from 'vitest';
import { DeviceFailed } from '../../src-main/base/errors';
import { measurePlan, planned, usualPlan, type RunPlan } from '../../src-main/latency/runPlan';
import { openNetwork } from '../../src-main/model/modelFile';
import { encodeDeployed, receptiveRadius } from '../../src-main/model/network';
import type { Provider } from '../../src-main/runtime/session';
import { parseGenotype } from '../../src-main/search/genotype';
import { plainNet, type Candidates } from '../../src-main/search/space';
import { upscaleImage } from '../../src-main/tiling/upscaleImage';
import { freshState } from '../../src-main/train/state';
import { discs } from '../support/synthetic';

const candidates = parseGenotype('x2 c8 f0 | edge3 8 sep5 | ir 12 conv3');

async function upscaled(
  provider: Provider,
  plan: RunPlan,
  network: Candidates = candidates,
): Promise<Uint8Array | Uint16Array> {
  const { bytes, session } = planned(modelOf(network), plan);
  const net = await openNetwork('network', bytes, { provider, ...session });
  try {
    const { tile, batch = 1 } = plan;
    const radius = receptiveRadius(network);
    return (await upscaleImage(discs(110, 60, 1), { scale: 2, radius, tile, batch, ...net })).data;
  } finally {
    await net.dispose();
  }
}

const modelOf = (network: Candidates): Uint8Array =>
  encodeDeployed(network, freshState(network, 1, { search: 1, tune: 1 }));

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
  const small = plainNet(2, 4, 1);
  const plan = await measurePlan(modelOf(small), receptiveRadius(small), { provider: 'webgpu' }, { signal });
  console.log('fastest:', plan);
  const [cpu, gpu] = [await upscaled('cpu', usualPlan, small), await upscaled('webgpu', plan, small)];
  expect(worst(gpu, cpu)).toBeLessThanOrEqual(2);
});
