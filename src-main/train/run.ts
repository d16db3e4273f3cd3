import { throwIfCancelled, UserError } from '../base/errors';
import type { PatchSampler } from '../data/patches';
import type { Provider } from '../runtime/session';
import type { HistoryPoint, Stage, TrainState } from './state';

/**
 * Photos as a run draws them: both halves of the training photos, crops of the choices' half to judge networks on whose
 * weights come from the other, all of them, and those held out, which nothing is decided by.
 */
export interface RunData {
  weightHalf: PatchSampler;
  choiceHalf: PatchSampler;
  judged: PatchSampler;
  train: PatchSampler;
  heldOut: PatchSampler;
}

/** How long the stages of a run may take. */
export interface Clock {
  /** 0..1 within the present stage. */
  progress(state: TrainState): number;
  /** Steps left in the present stage, by the pace so far. */
  stepsLeft(state: TrainState, msPerStep: number): number;
  /** Seconds left of all stages, by the pace so far. */
  secondsLeft(state: TrainState): number;
  /** How many points the curves of a stage have, about. */
  points(stage: Stage): number;
}

type Plan = Readonly<Record<TrainState['stage'], number>>;

/** What is left of the plan for the present stage and those after it, in the plan's unit. */
const planLeft = (plan: Plan, { stage }: TrainState, spent: number): number =>
  Math.max(0, plan[stage] - spent) + (stage === 'search' ? plan.tune : 0);

/** Compute seconds for each stage; steps get cheaper, so r and rates follow time (METHOD B2). */
export function timedClock(seconds: Plan): Clock {
  const spent = (state: TrainState): number => state.seconds - state.stageStart.seconds;
  return {
    progress: (state) => Math.min(1, spent(state) / seconds[state.stage]),
    stepsLeft: (state, ms) => ((seconds[state.stage] - spent(state)) * 1000) / Math.max(ms, 1),
    secondsLeft: (state) => planLeft(seconds, state, spent(state)),
    points: (stage) => Math.min(pointsPerStage[stage], Math.ceil(seconds[stage] / leastPointSeconds)),
  };
}

/** A fixed number of steps for each stage: exact repetition. */
export function countedClock(steps: Plan): Clock {
  const done = (state: TrainState): number => state.step - state.stageStart.step;
  return {
    progress: (state) => Math.min(1, done(state) / steps[state.stage]),
    stepsLeft: (state) => steps[state.stage] - done(state),
    secondsLeft: (state) => (planLeft(steps, state, done(state)) * state.seconds) / Math.max(state.step, 1),
    points: (stage) => pointsPerStage[stage],
  };
}

/** Where a run computes, what it reports to and how it is told to stop. */
export interface RunHooks {
  provider: Provider;
  clock: Clock;
  signal: AbortSignal;
  /** Called about twice a second, and with a history point when one was made. */
  onStep: (state: TrainState, point?: HistoryPoint) => Promise<void> | undefined;
  /** Called when a checkpoint is due: at every point of the curves and every 20 seconds. */
  save: (state: TrainState) => Promise<void>;
  /** Told, in a sentence, of what goes on otherwise than it should. */
  say: (message: string) => void;
}

const saveEverySeconds = 20;
const reportEveryMs = 500;

/** Curves have at most this many points a stage, not closer than this: looking takes a third of a second. */
const pointsPerStage = { search: 20, tune: 40 };
const leastPointSeconds = 5;

/** How the ledger looks at a run. */
interface Look {
  /** Brings the state's vectors up to the last step, where they are not. */
  settle?: () => Promise<void>;
  /** What a point of the curves holds beside time and loss; called on a settled state. */
  validate: () => Promise<Partial<HistoryPoint>>;
}

/**
 * Keeps the books of a stage: time, losses, history, checkpoints, cancellation. `afterStep` is called once a step with
 * the step's loss; the stage's own loop does the rest.
 */
export class Ledger {
  private times: number[] = [];
  private nextPoint = 0;
  private savedAt = performance.now();
  private reportedAt = 0;
  private stepStart = performance.now();

  /** A resumed stage goes on with its curve where it was. */
  constructor(
    private readonly hooks: RunHooks,
    state: TrainState,
  ) {
    const last = state.history.at(-1);
    if (last?.stage !== state.stage) return;
    const { step, seconds } = last;
    this.nextPoint = this.pointAfter(hooks.clock.progress({ ...state, step, seconds }), state.stage);
  }

  /** Mean milliseconds of the latest steps, with all that was done in between. */
  get msPerStep(): number {
    return mean(this.times.slice(-50));
  }

  async afterStep(state: TrainState, loss: number, { settle, validate }: Look): Promise<void> {
    const { clock, signal, onStep, save } = this.hooks;
    // Before anything is saved: the last checkpoint still holds weights that are numbers.
    if (!Number.isFinite(loss))
      throw new UserError(
        `The training diverged at step ${state.step}. Begin again with --restart and another --seed.`,
      );
    state.pendingLosses.push(loss);
    this.times.push(performance.now() - this.stepStart);
    state.step++;
    this.account(state);
    const progress = clock.progress(state);
    const pointDue = progress >= this.nextPoint || progress >= 1;
    const saveDue = pointDue || signal.aborted || performance.now() - this.savedAt > saveEverySeconds * 1000;
    if (saveDue) await settle?.();
    let point: HistoryPoint | undefined;
    if (pointDue) {
      point = {
        stage: state.stage,
        step: state.step,
        seconds: state.seconds,
        loss: mean(state.pendingLosses),
        msPerStep: median(this.times),
        psnr: NaN,
        ...(await validate()),
      };
      state.history.push(point);
      state.pendingLosses = [];
      this.times = this.times.slice(-50);
      this.nextPoint = this.pointAfter(progress, state.stage);
    }
    if (point || performance.now() - this.reportedAt > reportEveryMs) {
      this.reportedAt = performance.now();
      await onStep(state, point);
      // One turn of the event loop, so that a request to stop is heard between blocking runs.
      await new Promise(setImmediate);
    }
    if (saveDue) {
      await save(state);
      this.savedAt = performance.now();
    }
    this.account(state);
    throwIfCancelled(signal);
  }

  private pointAfter(progress: number, stage: Stage): number {
    const points = this.hooks.clock.points(stage);
    return (Math.floor(progress * points) + 1) / points;
  }

  /**
   * Adds the time since the last call to the state's compute seconds. Time that is not a step's own (compiling,
   * validating, measuring) counts too: minutes are minutes.
   */
  account(state: TrainState): void {
    const now = performance.now();
    state.seconds += (now - this.stepStart) / 1000;
    this.stepStart = now;
  }
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / Math.max(xs.length, 1);

function median(xs: readonly number[]): number {
  const sorted = xs.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
