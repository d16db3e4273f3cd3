import { expect, test } from 'vitest';
import { measurePlan } from '../../src-main/latency/runPlan';
import { encodeDeployed, receptiveRadius } from '../../src-main/model/network';
import { plainNet } from '../../src-main/search/space';
import { freshState } from '../../src-main/train/state';

const { signal } = new AbortController();
const candidates = plainNet(2, 4, 1);
const bytes = encodeDeployed(candidates, freshState(candidates, 1, { search: 1, tune: 1 }));
const radius = receptiveRadius(candidates);

test('on the processor the side of a tile is chosen, and nothing else', async () => {
  const plan = await measurePlan(bytes, radius, { provider: 'cpu' }, { signal, seconds: 20 });
  expect([128, 192, 256, 384, 512]).toContain(plan.tile);
  expect(Object.keys(plan)).toEqual(['tile']);
});

test('without time, and where the device does not work at all, it is the usual one', async () => {
  expect(await measurePlan(bytes, radius, { provider: 'cpu' }, { signal, seconds: 0 })).toEqual({
    tile: 256,
  });
  const broken = { signal, entry: 'not there' };
  expect(await measurePlan(bytes, radius, { provider: 'cpu' }, broken)).toEqual({ tile: 256 });
});
