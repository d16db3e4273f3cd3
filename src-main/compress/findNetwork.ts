import type { Device } from '../latency/devices';
import { isSteady, measureRatio } from '../latency/measure';
import type { PartCosts } from '../latency/penalty';
import { predictedRatio } from '../latency/predict';
import { encodeDeployed, macsPerPixel } from '../model/network';
import { ratioHere } from '../model/stockModel';
import { printGenotype } from '../search/genotype';
import type { Candidates } from '../search/space';
import { budgetTolerance, type Budget } from '../shared/budget';
import type { RunHooks } from '../train/run';
import type { PreparedPhotos } from '../train/runData';
import type { RunProgress } from '../train/runProgress';
import { search } from '../train/searcher';
import { startStage, type Trained, type TrainState } from '../train/state';
import { stockStart } from '../train/stockStart';
import { takeOver } from '../train/validate';
import { approach, refine, type Measured, type RefineOptions } from './refine';

export interface FindOptions {
  device: Device;
  /** With a fixed number of steps nothing may depend on the clock: the table stands in for it. */
  timed: boolean;
  seed: number;
  costs: PartCosts;
  budget: Budget;
  photos: PreparedPhotos;
  hooks: RunHooks;
  progress: RunProgress;
  refineSeconds: RefineOptions['seconds'];
  /** What the search began with. */
  starter: Trained | undefined;
}

/** How many networks refining may judge: one for so many steps. */
const mostJudged = 100;
const stepsPerJudged = 5;

/** The stage with open choices; at its end `state` holds the refined network, ready to be tuned. */
export async function findNetwork(state: TrainState, options: FindOptions): Promise<void> {
  const { device, timed, seed, costs, photos, hooks, progress, starter } = options;
  const { provider, signal } = hooks;
  const { ratio: targetRatio } = options.budget;
  const predict = (candidates: Candidates): number => predictedRatio(candidates, costs);
  const ratioOf = async (candidates: Candidates): Promise<number> => {
    if (!timed) return predict(candidates);
    const bytes = encodeDeployed(candidates, state);
    const timing = await measureRatio(bytes, { scale: candidates.scale, provider, signal, seconds: 3 });
    if (isSteady(timing)) return timing.ratio;
    progress.say('the device is busy with something else: the table of its speed is believed, not the clock');
    return state.correction * predict(candidates);
  };
  await search(state, photos.data, { seed, costs, targetRatio, measure: timed ? ratioOf : undefined }, hooks);
  const began = performance.now();
  progress.enter('cutting to the budget', `found ${printGenotype(state.candidates)}`);
  const judging = { seed, heldOut: photos.data.judged, provider };
  const refining: RefineOptions = {
    targetRatio,
    predict,
    measure: ratioOf,
    capacity: macsPerPixel,
    quality: async (candidates) => (await takeOver(state, candidates, { ...judging, starter })).psnr,
    tries: Math.min(mostJudged, Math.ceil((state.step - state.stageStart.step) / stepsPerJudged)),
    seconds: options.refineSeconds,
    seed,
    signal,
    onTry: (candidates, ratio) => {
      progress.say(`${printGenotype(candidates)}: ${ratio.toFixed(2)} of ${targetRatio.toFixed(2)}`);
    },
  };
  const refined = await refine(state.candidates, refining);
  state.refinement = { found: printGenotype(state.candidates), before: refined.before, after: refined.after };
  const found = await takeOver(state, refined.candidates, { ...judging, starter });
  const stockRatio = async (path: string, candidates: Candidates): Promise<number> =>
    timed ? ratioHere(path, candidates.scale, device, signal) : predict(candidates);
  const fromStock = (begun: TrainState, ratio: number): Promise<Measured> =>
    approach(
      { candidates: begun.candidates, ratio },
      {
        ...refining,
        quality: async (candidates) =>
          (await takeOver(begun, candidates, { ...judging, starter: undefined })).psnr,
      },
    );
  const stock =
    starter &&
    (await stockStart(state, { targetRatio, predict, measure: stockRatio, approach: fromStock, judging }));
  const isInBudget = (ratio: number): boolean =>
    ratio <= Math.max((1 + budgetTolerance) * targetRatio, refined.after);
  if (stock && isInBudget(stock.ratio) && stock.psnr > found.psnr) {
    progress.say(`what ${stock.name} has learned is better at this speed: training goes on from it`);
    state.refinement.after = stock.ratio;
    Object.assign(state, stock.state);
  } else Object.assign(state, found.state);
  if (timed) state.seconds += (performance.now() - began) / 1000;
  // What the search has left over, and what refining took, is the tuning's.
  state.plan.tune = Math.max(1, state.plan.search + state.plan.tune - (timed ? state.seconds : state.step));
  startStage(state, 'tune');
  await hooks.save(state);
}
