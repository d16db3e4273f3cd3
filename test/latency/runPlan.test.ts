import { afterEach, expect, test, vi } from 'vitest';
import { measurePlan } from '../../src-main/latency/runPlan';
import { Timer } from '../../src-main/latency/timer';
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

/** A device that runs tiles of that size, [n, 3, side, side], in so many milliseconds, and makes its pictures `darker`. */
function playing(milliseconds: (count: number, side: number) => number, darker = 1): void {
  let dims: readonly number[] = [];
  const timer: Partial<Timer> = {
    load: (_, size) => {
      dims = size;
      return Promise.resolve();
    },
    time: () => Promise.resolve([milliseconds(dims[0]!, dims[2]!)]),
    run: (_, { lr }) => {
      const data = lr!.data.map((x) => x / (lr!.dims[0] === 1 ? 1 : darker));
      return Promise.resolve({ sr: { ...lr!, data } });
    },
    stop: () => undefined,
  };
  vi.spyOn(Timer, 'start').mockReturnValue(timer as Timer);
}
afterEach(() => vi.restoreAllMocks());

const planOn = (provider: 'cpu' | 'dml') => measurePlan(bytes, radius, { provider }, { signal });

/** What costs the same for every run, unless tiles are large. */
const perRun = (count: number, side: number): number => 10 + count * (side > 256 + 2 * radius ? 100 : 1);

test('where each run costs as much and large tiles are slow, a GPU takes several tiles at once', async () => {
  playing(perRun);
  expect(await planOn('dml')).toEqual({ tile: 256, batch: 4 });
  expect(await planOn('cpu')).toEqual({ tile: 256 });
});

test('several at once that are no faster, take too long or make other pictures are not taken', async () => {
  playing((count, side) => (count * side ** 2) / 1e4);
  expect(await planOn('dml')).toEqual({ tile: 256 });
  playing((count, side) => (side > 256 + 2 * radius ? 10_000 : 600 + count));
  expect(await planOn('dml')).toEqual({ tile: 256 });
  playing(perRun, 2);
  expect(await planOn('dml')).toEqual({ tile: 256 });
});
