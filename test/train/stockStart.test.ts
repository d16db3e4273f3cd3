import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import type * as Library from '../../src-main/model/library';
import { weightsPath } from '../../src-main/model/library';
import { writeModelFile } from '../../src-main/model/modelFile';
import { deployed, layoutOf, receptiveRadius } from '../../src-main/model/network';
import { plainNet, type Candidates } from '../../src-main/search/space';
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
const networks = { two: plainNet(2, 8, 2), three: plainNet(2, 8, 3) };

beforeAll(async () => {
  for (const [name, candidates] of Object.entries(networks)) {
    const path = join(stock, `${name}.onnx`);
    const layout = layoutOf(candidates);
    const weights = layout.initial(1);
    const card = fakeCard({ receptiveRadius: receptiveRadius(candidates) });
    await writeModelFile(path, deployed(candidates, layout, weights), card);
    await writeWeights(weightsPath(path), { candidates, training, weights });
  }
});

/**
 * The start at that budget, where a cell takes one reference network's time by the table and `clock` times that. Stock model
 * `two`, where it is not on it, is brought to so many `cells`.
 */
function startAt(
  targetRatio: number,
  { clock = 1, scale = 2, cells = 3 }: { clock?: number; scale?: 2 | 4; cells?: number } = {},
) {
  const state = { ...freshState(plainNet(scale, 4, 1), 1, { search: 0, tune: 1 }), step: 7 };
  const predict = ({ cells }: { cells: readonly unknown[] }): number => cells.length;
  const measure = vi.fn((_: string, candidates: { cells: readonly unknown[] }) =>
    Promise.resolve(clock * predict(candidates)),
  );
  const { heldOut } = syntheticData();
  const judging = { seed: 1, heldOut, provider: 'cpu' as const };
  const approach = ({ candidates }: { candidates: Candidates }) => {
    expect(candidates).toEqual(networks.two);
    return Promise.resolve({ candidates: plainNet(2, 8, cells), ratio: cells });
  };
  return { measure, start: stockStart(state, { targetRatio, predict, measure, approach, judging }) };
}

test('the stock model that is on the budget by the clock is gone on from', async () => {
  const start = (await startAt(2.1).start)!;
  expect(start.name).toBe('stock two');
  expect(start.ratio).toBe(2);
  expect(start.state.candidates).toEqual(networks.two);
  expect(start.state.step).toBe(7);
  expect(start.state.isFinished).toBe(true);
  expect(start.psnr).toBeGreaterThan(20);
});

test.each([
  { target: 2.7, clock: 1, why: 'with another that is nearer, but too slow' },
  { target: 2.2, clock: 0.7, why: 'where the clock says otherwise than the table' },
])('the largest that is not too slow is grown to the budget: $why', async ({ target, clock }) => {
  const [start, asItIs] = [(await startAt(target, { clock }).start)!, (await startAt(2).start)!];
  expect(start.name).toBe('stock two');
  expect(start.ratio).toBe(3);
  expect(start.state.candidates).toEqual(plainNet(2, 8, 3));
  // Growing keeps the function.
  expect(start.psnr).toBeCloseTo(asItIs.psnr, 3);
  expect(start.state.before).toEqual(training);
  expect(start.state.isFinished).toBe(true);
});

test('a larger one is gone on from where the budget has room for it', async () => {
  expect((await startAt(2.9).start)!.name).toBe('stock three');
  expect((await startAt(30, { clock: 10 }).start)!.name).toBe('stock three');
});

test('one that nearly takes too long is cut: the next timing might find it over the budget', async () => {
  expect((await startAt(2, { clock: 1.04 }).start)!.state.candidates).toEqual(networks.two);
  expect((await startAt(2, { clock: 1.06, cells: 1 }).start)!.state.candidates).toEqual(plainNet(2, 8, 1));
  expect((await startAt(2, { clock: 0.92 }).start)!.state.candidates).toEqual(networks.two);
});

test('where all are too slow the smallest is cut, and is no finished model any more', async () => {
  const start = (await startAt(1.6, { cells: 1 }).start)!;
  expect(start.state.candidates).toEqual(plainNet(2, 8, 1));
  expect(start.state.isFinished).toBe(false);
});

test('one that nothing brings nearer to the budget stays a finished model', async () => {
  const start = (await startAt(2.7, { cells: 2 }).start)!;
  expect(start.state.candidates).toEqual(networks.two);
  expect(start.state.isFinished).toBe(true);
});

test('there is none of another scale', async () => {
  const { measure, start } = startAt(2, { scale: 4 });
  expect(await start).toBeUndefined();
  expect(measure).not.toHaveBeenCalled();
});
