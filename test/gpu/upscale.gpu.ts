import { beforeAll, expect, it } from 'vitest';
import { measurePlan, planned, type RunPlan } from '../../src-main/latency/runPlan';
import { openNetwork } from '../../src-main/model/modelFile';
import { encodeDeployed, receptiveRadius } from '../../src-main/model/network';
import type { Provider } from '../../src-main/runtime/session';
import { parseGenotype } from '../../src-main/search/genotype';
import { upscaleImage } from '../../src-main/tiling/upscaleImage';
import { freshState } from '../../src-main/train/state';
import { discs } from '../support/synthetic';

const candidates = parseGenotype('x2 c8 f0 | edge3 8 sep5 | ir 12 conv3');
const model = encodeDeployed(candidates, freshState(candidates, 1, { search: 1, tune: 1 }));
const radius = receptiveRadius(candidates);

async function upscaled(provider: Provider, plan: RunPlan): Promise<Uint8Array | Uint16Array> {
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
  ['float16', { tile: 32, half: true }],
])('%s: the photo is the one that the CPU makes to 2/255', async (_, plan) => {
  expect(worst(await upscaled('webgpu', plan), whole)).toBeLessThanOrEqual(2);
});

it('the way to run a network is found by measuring, and makes the same photo', async () => {
  const { signal } = new AbortController();
  const plan = await measurePlan(model, radius, { provider: 'webgpu' }, { signal, seconds: 30 });
  console.log('fastest:', plan);
  expect(worst(await upscaled('webgpu', plan), whole)).toBeLessThanOrEqual(2);
});
