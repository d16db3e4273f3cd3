import { Rng } from '../base/rng';
import { expectedLatency, type PartCosts } from '../latency/penalty';
import { predictedRatio, widestCost } from '../latency/predict';
import {
  drawOne,
  dropZeros,
  liveCandidates,
  mostProbable,
  noteZeros,
  relax,
  withoutUnused,
  type Choices,
  type Relaxed,
} from '../search/choices';
import { warmUp } from '../nn/optim';
import { isDecided, type Candidates } from '../search/space';
import { Chooser } from './chooser';
import { Ledger, type RunData, type RunHooks } from './run';
import { SharingStepper, type Turns } from './sharing';
import { dropIdleCells } from './idleCells';
import { changeCandidates, type SearchPoint, type TrainState } from './state';
import { fitting } from './stepper';
import { Validator } from './validate';

/** METHOD A3: Adam for the choices, first-order alternation. */
const choiceAdam = { beta1: 0.5, beta2: 0.999, epsilon: 1e-8 };

export interface SearchOptions {
  seed: number;
  costs: PartCosts;
  targetRatio: number;
  /** Times the network with these candidates; undefined where exact repetition forbids measuring. */
  measure: ((candidates: Candidates, state: TrainState) => Promise<number>) | undefined;
}

export const searchSettings = {
  shape: { patch: 24, weightBatch: 8, choiceBatch: 4 },
  /** Probabilities move on, so a drawn network's turn is short. */
  turns: { networks: 8, steps: 16 } satisfies Turns,
  /** r rises linearly from where choices open until here (fraction of the stage). */
  oneHotAt: 0.9,
  weightRate: 5e-4,
  /** METHOD A3's; where steps are few, such that a logit can still travel so far over the whole stage. */
  choiceRate: 0.003,
  choiceTravel: 5,
  averageKeep: 0.98,
  /** Dual ascent on lambda, in units of the running loss: step over the whole stage, augmented term, bound. */
  dualRate: 30,
  augmented: 4,
  largestLambda: 20,
  /** Time that is allowed and not used is quality given away: the expected network is held above this part of the budget. */
  leastShare: 0.9,
  /** A candidate is dropped after so many steps at probability zero. */
  patience: 20,
  /** A rebuilt program takes about as long as so many steps. */
  stepsPerRebuild: 30,
  /** The table's correction is measured again, at a rebuild, once the stage has moved on this far. */
  refitEvery: 0.3,
};

/** r at the stage's progress t: 0 while only weights learn, then linearly to 1 (METHOD A3). */
export function radiusAt(t: number, choicesFrom: number): number {
  return Math.min(1, Math.max(0, (t - choicesFrom) / (searchSettings.oneHotAt - choicesFrom)));
}

/**
 * Weights and architecture in one phase (METHOD part B): each step trains the weights on one half of the photos and the
 * choices on the other, under the budget as a constraint. Weights learn on networks drawn by the choices' probabilities,
 * the choices on the expected one. Ends when every choice is made or the time is up, and then takes the most probable
 * candidates: `state.candidates` is the derived network and `state.weights` are its weights.
 */
export async function search(
  state: TrainState,
  data: RunData,
  options: SearchOptions,
  hooks: RunHooks,
): Promise<void> {
  const { costs, seed } = options;
  const { clock } = hooks;
  const { patch, weightBatch, choiceBatch } = searchSettings.shape;
  const shapes = { weights: { patch, batch: weightBatch }, choices: { patch, batch: choiceBatch } };
  const ledger = new Ledger(hooks, state);
  let r = 0;
  const draw = (n: number): Candidates => drawnNetwork(state, r, new Rng(seed, n));
  const sharing = new SharingStepper(shapes.weights, searchSettings.turns, draw, hooks);
  let chooser: Chooser | undefined;
  let validator: Validator | undefined;
  const letGo = async (): Promise<void> => {
    await chooser?.dispose();
    await validator?.dispose();
    chooser = validator = undefined;
  };
  try {
    for (let t = clock.progress(state); t < 1; t = clock.progress(state)) {
      r = radiusAt(t, state.choicesFrom);
      if (isDecided(state.candidates)) break;
      const relaxed = relax(state.choices, r);
      const open = t >= state.choicesFrom;
      const stepsLeft = clock.stepsLeft(state, ledger.msPerStep);
      if (open) {
        const batch = await data.choiceHalf.batch(state.step, fitting(shapes.choices, state));
        chooser ??= await Chooser.compile(state, shapes.choices, hooks);
        const task = await chooser.gradients(state, batch, relaxed);
        stepChoices(state, relaxed, task, (1 - t) / Math.max(1, stepsLeft), options);
      }
      const batch = await data.weightHalf.batch(state.step, fitting(shapes.weights, state));
      const loss = await sharing.step(state, batch, {
        rate: searchSettings.weightRate * warmUp(state.step + 1),
        keep: searchSettings.averageKeep,
      });
      state.runningLoss = state.runningLoss === 0 ? loss : 0.95 * state.runningLoss + 0.05 * loss;
      if (open) {
        noteZeros(state.choices, relaxed);
        if (worthRebuilding(state, r, costs, stepsLeft)) {
          await letGo();
          dropZeros(state.choices, r, searchSettings.patience);
          changeCandidates(state, liveCandidates(state.candidates.scale, state.choices), seed);
          if (t >= state.refitAt) await refitCorrection(state, t, options);
        }
      }
      await ledger.afterStep(state, loss, {
        validate: async () => {
          validator ??= await Validator.compile(state, data.heldOut, hooks.provider);
          const now = relax(state.choices, r);
          const { ratio } = expectedLatency(state.candidates, now, costs, state.correction);
          return { psnr: await validator.psnr(state, now), search: pointOf(state, now, r, ratio) };
        },
      });
    }
  } finally {
    await letGo();
    await sharing.dispose();
  }
  const final = withoutUnused(mostProbable(state.candidates.scale, state.choices, relax(state.choices, 1)));
  changeCandidates(state, final, seed);
  dropIdleCells(state);
}

/** One candidate for each choice, drawn by the probabilities at radius r. */
function drawnNetwork({ candidates, choices }: TrainState, r: number, rng: Rng): Candidates {
  return withoutUnused(mostProbable(candidates.scale, choices, drawOne(relax(choices, r), rng)));
}

/**
 * One step of the choices, down the gradient of task + weight x latency, and of the weight itself: dual ascent, by the
 * `part` of the stage that the step is.
 */
function stepChoices(
  state: TrainState,
  relaxed: Relaxed,
  task: Record<string, number[]>,
  part: number,
  { costs, targetRatio }: SearchOptions,
): void {
  const { augmented, dualRate, largestLambda, leastShare } = searchSettings;
  const { ratio, gradient } = expectedLatency(state.candidates, relaxed, costs, state.correction);
  const share = ratio / targetRatio;
  const [over, under] = [share - 1, leastShare - share];
  const force = (lambda: number, excess: number): number => Math.max(0, lambda + augmented * excess);
  const weight = (force(state.lambda, over) - force(state.lambdaUnder, under)) / targetRatio;
  const rate = Math.max(searchSettings.choiceRate, searchSettings.choiceTravel * part);
  updateChoices(state, relaxed, task, gradient, { rate, weight: state.runningLoss * weight });
  // Once everything is one-hot the latency's gradient is zero and would only wind lambda up.
  const ascended = (lambda: number, excess: number): number =>
    Math.min(largestLambda, Math.max(0, lambda + dualRate * part * excess));
  state.lambda = ascended(state.lambda, over);
  state.lambdaUnder = ascended(state.lambdaUnder, under);
}

/** Adam on the logits, through sparsestmax, of task gradient + weight x latency gradient. */
function updateChoices(
  state: TrainState,
  relaxed: Relaxed,
  task: Record<string, number[]>,
  latency: Record<string, number[]>,
  { rate, weight }: { rate: number; weight: number },
): void {
  const { beta1, beta2, epsilon } = choiceAdam;
  const t = ++state.choiceSteps;
  const corrected = (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
  for (const [name, choice] of Object.entries(state.choices)) {
    const total = choice.logits.map((_, i) => (task[name]?.[i] ?? 0) + weight * (latency[name]?.[i] ?? 0));
    const grad = relaxed[name]!.backward(total);
    grad.forEach((g, i) => {
      choice.m[i] = beta1 * choice.m[i]! + (1 - beta1) * g;
      choice.v[i] = beta2 * choice.v[i]! + (1 - beta2) * g * g;
      // A made choice has no gradient; its momentum must not unmake it.
      if (g !== 0) choice.logits[i]! -= (corrected * choice.m[i]) / (Math.sqrt(choice.v[i]) + epsilon);
    });
  }
}

/** Rebuild only when the time saved exceeds the time to build (METHOD B2), both counted in steps. */
function worthRebuilding(state: TrainState, r: number, costs: PartCosts, stepsLeft: number): boolean {
  const trial: Choices = structuredClone(state.choices);
  if (!dropZeros(trial, r, searchSettings.patience)) return false;
  const after = liveCandidates(state.candidates.scale, trial);
  if (isDecided(after)) return true;
  const saved = 1 - widestCost(after, costs) / widestCost(state.candidates, costs);
  return saved * stepsLeft > searchSettings.stepsPerRebuild;
}

/** Refits c by timing the most probable network (METHOD B3). */
async function refitCorrection(
  state: TrainState,
  t: number,
  { costs, measure }: SearchOptions,
): Promise<void> {
  if (!measure) return;
  const relaxed = relax(state.choices, radiusAt(t, state.choicesFrom));
  const likely = mostProbable(state.candidates.scale, state.choices, relaxed);
  const correction = (await measure(likely, state)) / predictedRatio(likely, costs);
  // Half of it is that network's own: the choices, which are still open, must not be thrown about by it.
  state.correction = Math.sqrt(state.correction * correction);
  state.refitAt = t + searchSettings.refitEvery;
}

function pointOf(state: TrainState, relaxed: Relaxed, radius: number, expectedRatio: number): SearchPoint {
  const { trunk, exits, fusions, cells } = state.candidates;
  const share = (prefixes: readonly string[]): number => {
    // Cells behind the last exit are gone, whatever their choices say.
    const isLive = (name: string): boolean => Number(name.split('.')[1] ?? 0) < cells.length;
    const chosen = Object.entries(relaxed).filter(
      ([name]) => isLive(name) && prefixes.some((prefix) => name.startsWith(prefix)),
    );
    const shares = chosen.map(([, { p }]) => p.filter((x) => x > 0).length);
    return shares.reduce((a, b) => a + b, 0) / Math.max(shares.length, 1);
  };
  const perCell = cells.map(
    ({ inner, ops }) => inner.length + ops.reduce((sum, list) => sum + list.length, 0),
  );
  return {
    radius,
    lambda: state.lambda - state.lambdaUnder,
    expectedRatio,
    alive: { network: share(['exit', 'fusion']), cell: share(['op']), kernel: share(['trunk', 'inner']) },
    support: trunk.length + exits.length + fusions.length + perCell.reduce((a, b) => a + b, 0),
  };
}
