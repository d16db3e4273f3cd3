import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { PhotoCache } from '../../src-main/data/photoCache';
import { processor } from '../../src-main/latency/devices';
import { measureRatio } from '../../src-main/latency/measure';
import type * as Library from '../../src-main/model/library';
import { openModel, writeModelFile } from '../../src-main/model/modelFile';
import { deployed, layoutOf, receptiveRadius } from '../../src-main/model/network';
import { heldOutQuality } from '../../src-main/model/quality';
import { compareWithStock } from '../../src-main/model/stockModel';
import { plainNet } from '../../src-main/search/space';
import { leaves, temporaryFolder } from '../image/samples';
import { fakeCard } from '../support/fakeCard';
import { degrade } from '../../src-main/data/degrade';

const root = temporaryFolder();
const stock = join(root, 'stock');

vi.mock('../../src-main/model/library', async (original) => {
  const library = await original<typeof Library>();
  return { ...library, listModels: () => library.listModels(stock) };
});
vi.mock('../../src-main/latency/measure', () => ({ measureRatio: vi.fn() }));

const { signal } = new AbortController();
const device = processor();
const photos = { cache: new PhotoCache([], 2), heldOut: [1] };
const compare = (ratio: number, scale: 2 | 4 = 2) =>
  compareWithStock({ scale, ratio, device }, photos, signal);

/** What the clock says of the stock models when it is asked, in this order. */
function clockSays(...ratios: number[]): void {
  vi.mocked(measureRatio).mockReset();
  for (const ratio of ratios)
    vi.mocked(measureRatio).mockResolvedValueOnce({
      ...{ msPerMP: 100 * ratio, refMsPerMP: 100, ratio, spread: 0 },
    });
}
const timings = (): number => vi.mocked(measureRatio).mock.calls.length;

beforeAll(async () => {
  const hr = leaves(64, 48, 1);
  photos.cache.put(1, { hr, lr: degrade(hr, 2) });
  const shipped = { 'x2 fast': 0.8, 'x2 balanced': 3 };
  for (const [i, [file, ratio]] of Object.entries(shipped).entries()) {
    const candidates = plainNet(2, 8, 1 + i);
    const layout = layoutOf(candidates);
    const card = fakeCard({ ratio, receptiveRadius: receptiveRadius(candidates) });
    await writeModelFile(join(stock, `${file}.onnx`), deployed(candidates, layout, layout.initial(1)), card);
  }
});
beforeEach(async () => {
  vi.stubEnv('PIXEL_TAILOR_HOME', join(root, 'home'));
  await rm(join(root, 'home'), { recursive: true, force: true });
});

test('the nearest that is no slower here is judged on the same photos, and timed once', async () => {
  clockSays(0.78);
  const found = await compare(0.75);
  expect(found.rival).toEqual({ name: 'stock x2 fast', ratio: 0.78 });
  const net = await openModel(join(stock, 'x2 fast.onnx'));
  const { model } = await heldOutQuality(photos.cache, photos.heldOut, net, signal);
  await net.dispose();
  expect(found.stock).toBe(model);
  expect(await compare(0.75)).toEqual(found);
  expect(timings()).toBe(1);
});

test('one that turns out slower here gives way to a faster one', async () => {
  clockSays(3.4, 0.9);
  expect((await compare(2.8)).rival).toEqual({ name: 'stock x2 fast', ratio: 0.9 });
});

test.each([
  ['is as fast', 0.5, 2],
  ['is of that scale', 3, 4],
] as const)('without a stock model that %s there is nothing to compare', async (_, ratio, scale) => {
  clockSays(0.8);
  expect(await compare(ratio, scale)).toEqual({ stock: null });
});
