import { Ledger, type RunData, type RunHooks } from './run';
import { warmUp } from '../nn/optim';
import type { TrainState } from './state';
import type { Batch } from '../data/patches';
import { fitting, Stepper, type WeightRates } from './stepper';
import type { StepShape } from './step';
import { Validator } from './validate';

export const tuneSettings = {
  shape: { patch: 32, batch: 16 } satisfies StepShape,
  rate: 1e-3,
  /** For weights that were trained before: they gain less at the rate of fresh ones. */
  furtherRate: 5e-4,
  /**
   * For those of a finished model, which lose at first what they gain later, the more the higher the rate is (stock `fast`:
   * 39.09 dB on crops before, 39.08 after 1,000 steps at this, 39.07 at 5e-4, 39.04 at 1e-3).
   */
  finishedRate: 2e-4,
  /** The rate falls along a cosine to this fraction. */
  finalRate: 0.005,
  averageKeep: 0.999,
  /**
   * For a network that was just taken from a search and gets no more time: fewer steps or a higher rate leave it worse
   * than it was.
   */
  settle: { steps: 100, rate: 1e-3 },
};

/** How the weights of a run are trained. */
export interface Recipe {
  shape: StepShape;
  /** The rate at its highest. */
  rate: number;
  /** What the moving average keeps of itself in a step. */
  keep: number;
  /** One step on a batch of `shape`; gives the loss. */
  step: (state: TrainState, batch: Batch, rates: WeightRates) => Promise<number>;
  /** Brings the state's vectors up to the last step, where it does not do so itself. */
  settle?: (state: TrainState) => Promise<void>;
  /** Held-out PSNR in dB, for the curves. */
  psnr: (state: TrainState) => Promise<number>;
}

/** Trains a network with nothing left to choose. */
export async function tune(
  state: TrainState,
  data: RunData,
  hooks: RunHooks,
  rate = tuneSettings.rate,
): Promise<void> {
  const { shape, averageKeep: keep } = tuneSettings;
  if (hooks.clock.progress(state) >= 1) return;
  const stepper = await Stepper.compile(state, shape, hooks);
  const validator = await Validator.compile(state, data.heldOut, hooks.provider);
  try {
    await trainWeights(state, data, hooks, {
      ...{ shape, rate, keep },
      step: (now, batch, rates) => stepper.step(now, batch, rates),
      settle: (now) => stepper.settle(now),
      psnr: (now) => validator.psnr(now, {}),
    });
  } finally {
    await stepper.dispose();
    await validator.dispose();
  }
}

/** Trains weights alone, on all training photos: L1, Muon and Adam, cosine decay from `rate`, averaged weights. */
export async function trainWeights(
  state: TrainState,
  data: RunData,
  hooks: RunHooks,
  { shape, rate, keep, step, settle, psnr }: Recipe,
): Promise<void> {
  const { finalRate } = tuneSettings;
  const ledger = new Ledger(hooks, state);
  for (let t = hooks.clock.progress(state); t < 1; t = hooks.clock.progress(state)) {
    const falling = finalRate + (1 - finalRate) * 0.5 * (1 + Math.cos(Math.PI * t));
    const batch = await data.train.batch(state.step, fitting(shape, state).batch);
    const stepsHere = state.step - state.stageStart.step;
    const loss = await step(state, batch, {
      rate: rate * falling * warmUp(stepsHere + 1),
      // A young average would still hold the weights it started from.
      keep: Math.min(keep, (1 + stepsHere) / (10 + stepsHere)),
    });
    await ledger.afterStep(state, loss, {
      settle: async () => settle?.(state),
      validate: async () => ({ psnr: await psnr(state) }),
    });
  }
  await settle?.(state);
}
