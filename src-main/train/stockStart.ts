import { existsSync } from 'node:fs';
import { listModels, weightsPath } from '../model/library';
import { contains, type Candidates } from '../search/space';
import { budgetTolerance } from '../shared/budget';
import { begunWith, type Trained, type TrainState } from './state';
import { takeOver, type Judging } from './validate';
import { readWeights } from './weightsFile';

interface StockOptions {
  targetRatio: number;
  /** Ratio by the latency table, and by the clock that of the model with this file. */
  predict: (candidates: Candidates) => number;
  measure: (path: string, candidates: Candidates) => Promise<number>;
  /** Grows or cuts the network of a run, which has that ratio, to the budget. */
  approach: (begun: TrainState, ratio: number) => Promise<{ candidates: Candidates; ratio: number }>;
  judging: Judging;
}

/** A run that goes on from a stock model. */
export interface StockStart {
  name: string;
  state: TrainState;
  ratio: number;
  /** Held-out PSNR in dB. */
  psnr: number;
}

/** By so much the table may be off: what it finds slower than that is not timed, of the others the clock decides. */
const mostOffByTable = 0.3;

/** A model is timed once more when all is done, in new processes: a part of the tolerance is left for what differs then. */
const mostOver = budgetTolerance / 2;

/**
 * The largest stock model of the scale that the budget has room for, grown to it where it is not on it: a network that was
 * trained for long is often better than one that was only just found. Only where even the smallest is too slow, that is cut:
 * growing keeps what a network does, and what is cut does not learn it again in minutes (5 on 2 cores, for 1.5 and 5 times
 * the reference at x2: 33.79 dB, where stock `fast` has 34.02). Undefined where there is none that can be trained on.
 */
export async function stockStart(
  state: TrainState,
  { targetRatio, predict, measure, approach, judging }: StockOptions,
): Promise<StockStart | undefined> {
  const { models } = await listModels();
  const { scale } = state.candidates;
  const stock: { name: string; path: string; trained: Trained; predicted: number }[] = [];
  for (const { path, card } of models) {
    if (card.kind !== 'stock' || card.scale !== scale || !existsSync(weightsPath(path))) continue;
    const trained = await readWeights(weightsPath(path));
    stock.push({ name: card.name, path, trained, predicted: predict(trained.candidates) });
  }
  const falling = stock.sort((a, b) => b.predicted - a.predicted);
  for (const [i, { name, path, trained, predicted }] of falling.entries()) {
    const isSmallest = i === falling.length - 1;
    if (!isSmallest && predicted > (1 + mostOffByTable) * targetRatio) continue;
    const asItIs = { candidates: trained.candidates, ratio: await measure(path, trained.candidates) };
    const off = asItIs.ratio / targetRatio - 1;
    if (!isSmallest && off > mostOver) continue;
    const begun = { ...state, ...begunWith(trained), drawn: [] };
    const isOnBudget = off >= -budgetTolerance && off <= mostOver;
    const { candidates, ratio } = isOnBudget ? asItIs : await approach(begun, asItIs.ratio);
    // Grown, it still does what it did; cut, it has much to learn again.
    const run = { ...begun, isFinished: contains(candidates, trained.candidates) };
    return { name, ratio, ...(await takeOver(run, candidates, { ...judging, starter: undefined })) };
  }
  return undefined;
}
