import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { cropToMultiple, degrade } from '../../src-main/data/degrade';
import { loadRgb8 } from '../../src-main/data/prepare';
import { processor } from '../../src-main/latency/devices';
import { measureRatio } from '../../src-main/latency/measure';
import { PhotoCache } from '../../src-main/data/photoCache';
import { findModel, samplePhotos, weightsPath } from '../../src-main/model/library';
import { readModelFile } from '../../src-main/model/modelFile';
import { plainNet } from '../../src-main/search/space';
import { parseConfig } from '../../src-main/shared/config';
import { finishModel } from '../../src-main/train/finish';
import type { PreparedPhotos } from '../../src-main/train/runData';
import { freshState, inheritedState, type TrainState } from '../../src-main/train/state';
import { readWeights } from '../../src-main/train/weightsFile';
import { temporaryFolder } from '../image/samples';
import { syntheticData } from '../support/synthetic';

// All networks are as fast as stock `fast` of x2 is said to be.
vi.mock('../../src-main/latency/measure', () => ({
  measureRatio: vi.fn(() => Promise.resolve({ msPerMP: 80, refMsPerMP: 100, ratio: 0.8, spread: 0 })),
}));

const root = temporaryFolder();
const plan = { search: 0, tune: 1 };
let photos: PreparedPhotos;

beforeAll(async () => {
  vi.stubEnv('PIXEL_TAILOR_HOME', root);
  const [path] = await samplePhotos();
  const hr = cropToMultiple(await loadRgb8(path!), 2);
  const { width, height } = hr;
  const crop = { x: 0, y: 0, width, height };
  const cache = new PhotoCache([{ path: path!, recipe: { reducedBy: 1, crop } }], 2);
  cache.put(0, { hr, lr: degrade(hr, 2) });
  photos = { data: syntheticData(), cache, train: [0], heldOut: [0], reports: [] };
});

function finish(name: string, state: TrainState, mayKeepStock: boolean, ratio = 0.8) {
  const config = parseConfig('search', { photos: ['photos'], name });
  const { signal } = new AbortController();
  const budget = { text: 'fast', ratio, msPerMP: 100 * ratio };
  const options = {
    name,
    device: processor(),
    config,
    budget,
    photos,
    bicubicOnCrops: 30,
    mayKeepStock,
    signal,
  };
  return finishModel(join(root, `${name}.onnx`), state, options);
}

async function stockState(name: string): Promise<TrainState> {
  const from = await readWeights(weightsPath((await findModel(name)).path));
  return inheritedState(from, from.candidates, 1, plan);
}

test('a stock model that is still better on the held-out photos takes the place of what was learned', async () => {
  const result = await finish('kept', freshState(plainNet(2, 8, 1), 1, plan), true);
  const stock = await findModel('stock x2 fast');
  expect(result.rival).toEqual({ name: 'stock x2 fast', ratio: 0.8, isKept: true });
  expect(result.genotype).toBe(stock.card.genotype);
  // Weights are kept in half precision.
  expect(result.psnr.model).toBeCloseTo(result.psnr.stock!, 2);
  const { card } = await readModelFile(result.model);
  expect(card).toMatchObject({ name: 'kept', kind: 'tailored', rival: result.rival, psnr: result.psnr });
  // Trained further it begins from the stock model, and says what that learned from.
  expect(await readWeights(weightsPath(result.model))).toEqual(await readWeights(weightsPath(stock.path)));
});

test('one that is better stays, and so does one that must not be exchanged', async () => {
  const better = await finish('better', await stockState('stock x2 balanced'), true);
  expect(better.rival).toEqual({ name: 'stock x2 fast', ratio: 0.8 });
  expect(better.psnr.model).toBeGreaterThan(better.psnr.stock!);
  const own = await finish('own', freshState(plainNet(2, 8, 1), 1, plan), false);
  expect(own.rival).toEqual({ name: 'stock x2 fast', ratio: 0.8 });
  expect(own.genotype).toBe('x2 c8 | conv3 8 conv3');
});

test('a stock model that the budget has room for is one to beat, even if the clock finds it slower', async () => {
  vi.mocked(measureRatio).mockResolvedValueOnce({ msPerMP: 70, refMsPerMP: 100, ratio: 0.7, spread: 0 });
  const result = await finish('quick', freshState(plainNet(2, 8, 1), 1, plan), true);
  expect(result.rival).toEqual({ name: 'stock x2 fast', ratio: 0.8, isKept: true });
});

test('one that is slower than its budget gives no place to a stock model that is as slow', async () => {
  const result = await finish('slow', freshState(plainNet(2, 8, 1), 1, plan), true, 0.5);
  expect(result).toMatchObject({ ratio: 0.8, psnr: { stock: null }, genotype: 'x2 c8 | conv3 8 conv3' });
});
