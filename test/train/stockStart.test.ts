import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import type * as Library from '../../src-main/model/library';
import { weightsPath } from '../../src-main/model/library';
import { writeModelFile } from '../../src-main/model/modelFile';
import { deployed, layoutOf, receptiveRadius } from '../../src-main/model/network';
import { plainNet } from '../../src-main/search/space';
import { freshState } from '../../src-main/train/state';
import { stockStart } from '../../src-main/train/stockStart';
import { writeWeights } from '../../src-main/train/weightsFile';
import { temporaryFolder } from '../image/samples';
import { fakeCard } from '../support/fakeCard';
import { syntheticData } from '../support/synthetic';

const stock = join(temporaryFolder(), 'stock');

vi.mock('../../src-main/model/library', async (original) => {
  const library = await original<typeof Library>();
  return { ...library, listModels: () => library.listModels(stock) };
});

const training = { photos: [], steps: 1, seconds: 1, curve: [], version: '1' };
const networks = { one: plainNet(2, 8, 1), two: plainNet(2, 8, 2), 'two, spoilt': plainNet(2, 12, 2) };

beforeAll(async () => {
  for (const [name, candidates] of Object.entries(networks)) {
    const path = join(stock, `${name}.onnx`);
    const layout = layoutOf(candidates);
    const weights = layout.initial(1).map((x) => (name.includes('spoilt') ? 20 * x : x));
    const card = fakeCard({ receptiveRadius: receptiveRadius(candidates) });
    await writeModelFile(path, deployed(candidates, layout, weights), card);
    await writeWeights(weightsPath(path), { candidates, training, weights });
  }
});

/** The start at that budget, where a cell takes one reference network's time by the table and `clock` times that. */
function startAt(targetRatio: number, { clock = 1, scale = 2 }: { clock?: number; scale?: 2 | 4 } = {}) {
  const state = { ...freshState(plainNet(scale, 4, 1), 1, { search: 0, tune: 1 }), step: 7 };
  const predict = ({ cells }: { cells: readonly unknown[] }): number => cells.length;
  const measure = vi.fn((_: string, candidates: { cells: readonly unknown[] }) =>
    Promise.resolve(clock * predict(candidates)),
  );
  const { heldOut } = syntheticData({ patch: 8 });
  const judging = { heldOut, provider: 'cpu' as const };
  return { measure, start: stockStart(state, { targetRatio, predict, measure, judging }) };
}

test('the best stock model that is on the budget by the clock is gone on from', async () => {
  const start = (await startAt(2.1).start)!;
  expect(start.name).toBe('stock two');
  expect(start.ratio).toBe(2);
  expect(start.state.candidates).toEqual(networks.two);
  expect(start.state.step).toBe(7);
  expect(start.psnr).toBeGreaterThan(20);
});

test('there is none where the clock or the scale is another, and those far off are not timed', async () => {
  expect(await startAt(2, { clock: 1.2 }).start).toBeUndefined();
  expect(await startAt(2, { scale: 4 }).start).toBeUndefined();
  const { measure, start } = startAt(8);
  expect(await start).toBeUndefined();
  expect(measure).not.toHaveBeenCalled();
});
