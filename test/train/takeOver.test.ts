import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../src-main/model/network';
import { plainNet } from '../../src-main/search/space';
import { freshState } from '../../src-main/train/state';
import { takeOver } from '../../src-main/train/validate';
import { syntheticData } from '../support/synthetic';

describe('a network that a search has found', () => {
  const wide = plainNet(2, 8, 2);
  const found = plainNet(2, 4, 1);
  // A network begins as bicubic upscaling; a loud tail spoils it.
  const good = layoutOf(wide).initial(1);
  const bad = good.map((x) => 40 * x);
  const runWith = (weights: Float32Array) => ({
    ...freshState(wide, 1, { search: 0, tune: 1 }),
    ...{ weights, average: Float32Array.from(weights) },
  });
  const options = (starter: Float32Array | undefined) => {
    const { heldOut } = syntheticData();
    const known = starter && { candidates: wide, weights: starter };
    return { seed: 1, heldOut, provider: 'cpu' as const, starter: known };
  };

  it('goes on with the weights of its search where they are better than the starter has them', async () => {
    const run = runWith(good);
    const alone = await takeOver(run, found, options(undefined));
    const { psnr, state } = await takeOver(run, found, options(bad));
    expect(psnr).toBe(alone.psnr);
    expect(state.candidates).toBe(found);
    expect(state.weights).toEqual(alone.state.weights);
  });

  it('goes on with the weights of the starter where the search has spoilt them, and with fresh moments', async () => {
    const spoilt = { ...runWith(bad), m: good, v: good };
    const alone = await takeOver(runWith(good), found, options(undefined));
    const { psnr, state } = await takeOver(spoilt, found, options(good));
    expect(psnr).toBe(alone.psnr);
    expect(state.weights).toEqual(alone.state.weights);
    expect(state.m.every((x) => x === 0)).toBe(true);
    expect(spoilt.weights).toBe(bad);
  });
});
