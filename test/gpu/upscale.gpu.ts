import { expect, it } from 'vitest';
import { openNetwork } from '../../src-main/model/modelFile';
import { encodeDeployed, receptiveRadius } from '../../src-main/model/network';
import type { Provider } from '../../src-main/runtime/session';
import { parseGenotype } from '../../src-main/search/genotype';
import { upscaleImage } from '../../src-main/tiling/upscaleImage';
import { freshState } from '../../src-main/train/state';
import { discs } from '../support/synthetic';

const candidates = parseGenotype('x2 c8 f0 | edge3 8 sep5 | ir 12 conv3');

async function upscaled(provider: Provider, tile: number): Promise<Uint8Array | Uint16Array> {
  const bytes = encodeDeployed(candidates, freshState(candidates, 1, { search: 1, tune: 1 }));
  const net = await openNetwork('network', bytes, { provider });
  try {
    const radius = receptiveRadius(candidates);
    return (await upscaleImage(discs(90, 60, 1), { scale: 2, radius, ...net }, { tile })).data;
  } finally {
    await net.dispose();
  }
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

it('a photo in tiles is the one that the CPU makes to 2/255, and the one without tiles to 1/255', async () => {
  const whole = await upscaled('cpu', 90);
  const tiled = await upscaled('webgpu', 32);
  expect(tiled).toHaveLength(whole.length);
  expect(worst(tiled, whole)).toBeLessThanOrEqual(2);
  expect(worst(tiled, await upscaled('webgpu', 90))).toBeLessThanOrEqual(1);
});
