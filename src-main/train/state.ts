import type { TableData } from '../latency/table';
import type { Budget } from '../shared/budget';
import { allCandidates, isAmong, type Candidates, type Space } from '../search/space';
import { initialChoices, type Choices } from '../search/choices';
import { inherit, overlay } from '../search/derive';
import { projectOperations } from '../search/project';
import { layoutOf } from '../model/network';
import type { Training } from './weightsFile';

/** One point of the curves that a run leaves behind. */
export interface HistoryPoint {
  stage: Stage;
  step: number;
  /** Compute seconds since the run began. */
  seconds: number;
  /** Mean training loss since the last point. */
  loss: number;
  /** Held-out PSNR in dB of the averaged weights. */
  psnr: number;
  /** Median milliseconds of a step since the last point. */
  msPerStep: number;
  /** Only while searching. */
  search?: SearchPoint;
}

export interface SearchPoint {
  radius: number;
  lambda: number;
  expectedRatio: number;
  /** Mean number of candidates with a probability above zero, a choice, by level: ends at 1. */
  alive: { network: number; cell: number; kernel: number };
  /** Number of candidates that the step program still computes. */
  support: number;
}

/** Searching: all three levels open. Tuning: nothing left to choose, weights only. */
export type Stage = 'search' | 'tune';

/** What a search aims at, fixed when it begins: a table measured anew must not change a search that is under way. */
export interface Aim {
  budget: Budget;
  table: TableData;
  /** What `--minutes` said; a resumed search may be given more. */
  minutes: number;
}

/** Has a search that goes on on another device keep its budget there; what it has been given of time stays. */
export function retarget(state: TrainState, aim: Aim): void {
  aim.minutes = state.aim?.minutes ?? aim.minutes;
  state.aim = aim;
  state.correction = 1;
  state.refitAt = 0;
}

/** Weights in training, flat in the order of `layoutOf(candidates)`, and how they came to be, where that is known. */
export interface Trained {
  candidates: Candidates;
  weights: Float32Array;
  training?: Training;
}

/** The flat vectors of a run: weights, their moments and how much of the second is gradients, the moving average. */
export const vectors = ['weights', 'm', 'v', 'seen', 'average'] as const;
export type Vector = (typeof vectors)[number];

/** Everything that a run needs to go on exactly where it was. Batches follow from the seed and the step. */
export interface TrainState {
  stage: Stage;
  /** Steps and compute seconds of the whole run, and when the present stage began. */
  step: number;
  seconds: number;
  stageStart: { step: number; seconds: number };
  /** How long each stage may take: compute seconds, or steps where their number is fixed. */
  plan: Record<Stage, number>;
  /** What the search aims at; undefined for a network that is only trained. */
  aim?: Aim;
  /** How the weights that the run began with were trained. */
  before: Training | undefined;
  /** Whether the search began with the weights of a starter. */
  isWarm: boolean;
  /** Whether its network and weights are those of a finished model, or grown from one. */
  isFinished: boolean;
  /** Fraction of the search until which weights alone learn, so that there is something to choose by. */
  choicesFrom: number;
  /** Steps that Adam has made on the choices, which start later than the weights. */
  choiceSteps: number;
  lambda: number;
  /** The same for the part of the budget that should be used up. */
  lambdaUnder: number;
  /** Moving mean of the training loss: the unit of both. */
  runningLoss: number;
  /** c of METHOD B3: measured over expected time of the most probable network. */
  correction: number;
  /** Progress of the search at which c is due to be measured again. */
  refitAt: number;
  choices: Choices;
  candidates: Candidates;
  /** Flat vectors in the order of `layoutOf(candidates)`. */
  weights: Float32Array;
  m: Float32Array;
  v: Float32Array;
  seen: Float32Array;
  average: Float32Array;
  /** Which part of the usual batches the device's memory holds, where that is not all. */
  batchPart?: number;
  /** The networks that are trained in turn just now, each the n-th that was drawn. */
  drawn: ({ n: number; candidates: Candidates } | undefined)[];
  history: HistoryPoint[];
  /** Losses since the last point of the history. */
  pendingLosses: number[];
  /** The network that the search found, and measured ratios before and after refining it. */
  refinement?: { found: string; before: number; after: number };
  /** When the model was made that was there under the search's name when it was begun anew: it may go. */
  replaces?: string;
}

/**
 * A search of the whole space, with the weights of a starter where there is one: the leading block of each tensor, fresh
 * ones where it ends.
 */
export function initialState(
  space: Space,
  seed: number,
  plan: TrainState['plan'],
  starter?: Trained,
): TrainState {
  const candidates = allCandidates(space);
  const begin = { stage: 'search', choices: initialChoices(candidates, seed) } as const;
  if (!starter) return { ...freshState(candidates, seed, plan), ...begin };
  return { ...inheritedState(starter, candidates, seed, plan), ...begin, ...warm };
}

/** Fresh weights need a part of the search to themselves; those of a starter have learned already. */
const cold = { isWarm: false, choicesFrom: 0.15 };
const warm = { isWarm: true, choicesFrom: 0.02 };

/** A run that goes on from trained weights, in a space that need not be theirs; new operations are projected from known ones. */
export function inheritedState(
  from: Trained,
  candidates: Candidates,
  seed: number,
  plan: TrainState['plan'],
): TrainState {
  const state = { ...freshState(from.candidates, seed, plan), ...begunWith(from) };
  growCandidates(state, candidates, seed);
  return state;
}

/** What a run has of its own to begin with when it goes on from trained weights. */
export function begunWith({
  candidates,
  weights,
  training,
}: Trained): Pick<TrainState, 'candidates' | 'before' | Vector> {
  const zeros = (): Float32Array => new Float32Array(weights.length);
  const moments = { m: zeros(), v: zeros(), seen: zeros() };
  return { candidates, weights, ...moments, average: Float32Array.from(weights), before: training };
}

/** Moves a run to a larger space, where operations without trained weights begin as the nearest to those with. */
export function growCandidates(state: TrainState, candidates: Candidates, seed: number): void {
  const known = layoutOf(state.candidates);
  changeCandidates(state, candidates, seed);
  for (const values of [state.weights, state.average])
    projectOperations(layoutOf(candidates), values, (name) => known.get(name) !== undefined);
}

/** A network with nothing to choose, to be trained from the beginning. */
export function freshState(candidates: Candidates, seed: number, plan: TrainState['plan']): TrainState {
  const layout = layoutOf(candidates);
  return {
    stage: 'tune',
    step: 0,
    seconds: 0,
    stageStart: { step: 0, seconds: 0 },
    plan,
    ...cold,
    isFinished: false,
    choiceSteps: 0,
    lambda: 0,
    lambdaUnder: 0,
    runningLoss: 0,
    correction: 1,
    refitAt: 0,
    choices: {},
    ...begunWith({ candidates, weights: layout.initial(seed) }),
    drawn: [],
    history: [],
    pendingLosses: [],
  };
}

/** Begins the next stage, from the averaged weights: they are what has been judged. */
export function startStage(state: TrainState, stage: Stage): void {
  state.weights = Float32Array.from(state.average);
  state.stage = stage;
  state.stageStart = { step: state.step, seconds: state.seconds };
  state.pendingLosses = [];
}

/**
 * Moves a run to another set of candidates. What is new in it takes the weights of the `starter` that the run began with,
 * where there is one: they have learned together with the others. Else it is random and changes nothing yet.
 */
export function changeCandidates(
  state: TrainState,
  candidates: Candidates,
  seed: number,
  starter?: Trained,
): void {
  const [from, to] = [layoutOf(state.candidates), layoutOf(candidates)];
  const [fresh, none] = [to.initial(seed), new Float32Array(to.size)];
  const known = starter && inherit(layoutOf(starter.candidates), starter.weights, to, fresh);
  const carried = (values: Float32Array): Float32Array =>
    known ? overlay(from, values, to, known) : inherit(from, values, to, fresh);
  state.weights = carried(state.weights);
  state.average = carried(state.average);
  // Moments go with their weights; a new weight has none yet.
  for (const name of ['m', 'v', 'seen'] as const) state[name] = inherit(from, state[name], to, none);
  state.candidates = candidates;
  // Those that are not lost go on with their turns.
  state.drawn = state.drawn.map((one) => (one && isAmong(one.candidates, candidates) ? one : undefined));
}
