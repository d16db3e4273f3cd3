import { Ledger, type RunData, type RunHooks } from './run';
import { warmUp } from '../nn/optim';
import type { TrainState } from './state';
import type { Batch, BatchShape } from '../data/patches';
import { fitting, Stepper, type WeightRates } from './stepper';
import { Validator } from './validate';

/** How a network with nothing left to choose is trained, by what its weights are. */
export interface Tuning {
  /** The rate at its highest. */
  rate: number;
  /** The part of the time that begins it with small patches. */
  small: number;
}

export const tuneSettings = {
  shape: { patch: 32, batch: 16 } satisfies BatchShape,
  /**
   * As many pixels in more places teach more at first, until what borders teach, zeros instead of photo, outweighs that
   * (progressive learning: Zamir et al., "Restormer", CVPR 2022). Seven convolutions from scratch, 3,000 steps: 37.99 dB on
   * crops with these for the first half, 37.95 without, at 6 % more time.
   */
  smallShape: { patch: 16, batch: 64 } satisfies BatchShape,
  /** Fresh weights, and those of a starter (three cells, 2,000 steps: 37.89 dB on crops, at half of the rate 37.87). */
  fresh: { rate: 1e-3, small: 0.5 } satisfies Tuning,
  /**
   * Those of a model that is given long to learn more (stock `fast` of x2: 33.97 dB on held-out photos before, 34.02 after 90
   * minutes on one core). Small patches only set it back.
   */
  further: { rate: 1e-3, small: 0 } satisfies Tuning,
  /**
   * Those of a finished model with little time, which lose at first what they gain later, the more the higher the rate is
   * (stock `fast`: 39.09 dB on crops before, 39.08 after 1,000 steps at this, 39.07 at 5e-4, 39.04 at 1e-3).
   */
  finished: { rate: 2e-4, small: 0 } satisfies Tuning,
  /**
   * For a network that was just taken from a search and gets no more time: fewer steps or a higher rate leave it worse
   * than it was.
   */
  settle: { rate: 1e-3, small: 0, steps: 100 },
  /** The rate falls along a cosine to this fraction. */
  finalRate: 0.005,
  averageKeep: 0.999,
};

/** How the weights of a run are trained. */
export interface Recipe {
  shape: BatchShape;
  /** The rate at its highest. */
  rate: number;
  /** Where it ends, as the stage's progress. */
  until: number;
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
  { rate, small }: Tuning = tuneSettings.fresh,
): Promise<void> {
  const { shape, smallShape, averageKeep: keep } = tuneSettings;
  const parts = [
    { shape: smallShape, until: small },
    { shape, until: 1 },
  ];
  for (const part of parts) {
    if (hooks.clock.progress(state) >= part.until) continue;
    const stepper = await Stepper.compile(state, part.shape, hooks);
    const validator = await Validator.compile(state, data.heldOut, hooks.provider);
    try {
      await trainWeights(state, data, hooks, {
        ...{ ...part, rate, keep },
        step: (now, batch, rates) => stepper.step(now, batch, rates),
        settle: (now) => stepper.settle(now),
        psnr: (now) => validator.psnr(now, {}),
      });
    } finally {
      await stepper.dispose();
      await validator.dispose();
    }
  }
}

/** Trains weights alone, on all training photos: L1, Muon and Adam, cosine decay from `rate`, averaged weights. */
export async function trainWeights(
  state: TrainState,
  data: RunData,
  hooks: RunHooks,
  { shape, rate, keep, until, step, settle, psnr }: Recipe,
): Promise<void> {
  const { finalRate } = tuneSettings;
  const ledger = new Ledger(hooks, state);
  for (let t = hooks.clock.progress(state); t < until; t = hooks.clock.progress(state)) {
    const falling = finalRate + (1 - finalRate) * 0.5 * (1 + Math.cos(Math.PI * t));
    const batch = await data.train.batch(state.step, fitting(shape, state));
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
