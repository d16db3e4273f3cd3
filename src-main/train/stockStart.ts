import { existsSync } from 'node:fs';
import { listModels, weightsPath } from '../model/library';
import type { Candidates } from '../search/space';
import { budgetTolerance } from '../shared/budget';
import { begunWith, type TrainState } from './state';
import { validate, type Judging } from './validate';
import { readWeights } from './weightsFile';

interface StockOptions {
  targetRatio: number;
  /** Ratio by the latency table, and by the clock that of the model with this file. */
  predict: (candidates: Candidates) => number;
  measure: (path: string, candidates: Candidates) => Promise<number>;
  judging: Omit<Judging, 'seed'>;
}

/** A run that goes on from a stock model. */
export interface StockStart {
  name: string;
  state: TrainState;
  ratio: number;
  /** Held-out PSNR in dB. */
  psnr: number;
}

/** What the table says of a network may be that much off, as a factor. */
const tableError = 1.5;

/**
 * The best of the stock models that can be trained on and are on the budget here, to go on from it: a network that
 * was trained for long is often better than one that was only just found. Undefined where there is none.
 */
export async function stockStart(
  state: TrainState,
  { targetRatio, predict, measure, judging }: StockOptions,
): Promise<StockStart | undefined> {
  const { models } = await listModels();
  let best: StockStart | undefined;
  for (const { path, card } of models) {
    if (card.kind !== 'stock' || card.scale !== state.candidates.scale) continue;
    if (!existsSync(weightsPath(path))) continue;
    const trained = await readWeights(weightsPath(path));
    if (Math.abs(Math.log(predict(trained.candidates) / targetRatio)) > Math.log(tableError)) continue;
    const ratio = await measure(path, trained.candidates);
    if (Math.abs(ratio / targetRatio - 1) > budgetTolerance) continue;
    const begun = { ...state, ...begunWith(trained), drawn: [] };
    const psnr = await validate(begun, judging);
    if (psnr > (best?.psnr ?? -Infinity)) best = { name: card.name, state: begun, ratio, psnr };
  }
  return best;
}
