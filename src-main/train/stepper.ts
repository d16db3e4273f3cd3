import { isOutOfMemory } from '../base/errors';
import type { Batch, BatchShape } from '../data/patches';
import { layoutOf } from '../model/network';
import type { ParamLayout } from '../nn/params';
import { Loop, type LoopOptions } from '../runtime/loop';
import type { Relaxed } from '../search/choices';
import { SoftInputs } from '../search/softInputs';
import type { TrainState, Vector } from './state';
import { weightStep } from './step';

/** How far a step moves: the rate, and what the moving average keeps. */
export interface WeightRates {
  rate: number;
  keep: number;
}

export interface StepperOptions extends Pick<LoopOptions, 'provider' | 'spin' | 'resident'> {
  /** Told, in a sentence, when memory does not hold a step and batches are halved. */
  say?: (message: string) => void;
}

type StepLoop = Loop<'weightLoss', Vector>;

/**
 * The compiled training step of one set of candidates. The state's vectors may stay on the device from step to step:
 * {@link settle} them before anybody looks. Dispose of it before the next is compiled.
 */
export class Stepper {
  /** The weights of the state whose vectors the loop goes on from. */
  private held: Float32Array | undefined;

  private constructor(
    readonly layout: ParamLayout,
    readonly shape: BatchShape,
    private readonly options: StepperOptions,
    private readonly soft: SoftInputs,
    private loop: StepLoop,
    /** The part of the batches that it is compiled for. */
    private part: number,
  ) {}

  static async compile(
    state: Pick<TrainState, 'candidates' | 'batchPart'>,
    shape: BatchShape,
    options: StepperOptions = {},
  ): Promise<Stepper> {
    const { candidates, batchPart = 1 } = state;
    const loop = await compileLoop(state, shape, options);
    return new Stepper(layoutOf(candidates), shape, options, new SoftInputs(candidates), loop, batchPart);
  }

  /**
   * One step, of a network whose open choices are `drawn`; gives the loss. Where memory does not hold it, the batches of
   * this and all later ones are halved.
   */
  async step(state: TrainState, batch: Batch, rates: WeightRates, drawn: Relaxed = {}): Promise<number> {
    await this.fit(state);
    try {
      return await this.tryStep(state, batch, rates, drawn);
    } catch (error) {
      halveBatches(state, fitting(this.shape, state), error, this.options.say);
      return this.step(state, batch, rates, drawn);
    }
  }

  private async tryStep(
    state: TrainState,
    batch: Batch,
    { rate, keep }: WeightRates,
    drawn: Relaxed,
  ): Promise<number> {
    if (this.held !== state.weights) this.loop.write(state);
    this.held = state.weights;
    const { weightLoss } = await this.loop.run({
      ...leading(batch, fitting(this.shape, state), state.candidates.scale),
      drawn: this.soft.feed(drawn),
      rate: Float32Array.of(rate),
      keep: Float32Array.of(keep),
    });
    return weightLoss[0]!;
  }

  /** Brings the vectors of the state that steps were made on up to the last one. */
  async settle(state: TrainState): Promise<void> {
    if (this.held !== state.weights) return;
    Object.assign(state, await this.loop.read());
    this.held = state.weights;
  }

  /** Compiles anew for smaller batches, where memory has turned out not to hold larger ones. */
  private async fit(state: TrainState): Promise<void> {
    const { batchPart = 1 } = state;
    if (batchPart === this.part) return;
    await this.settle(state);
    this.held = undefined;
    await this.loop.dispose();
    this.loop = await compileLoop(state, this.shape, this.options);
    this.part = batchPart;
  }

  async dispose(): Promise<void> {
    await this.loop.dispose();
  }
}

/** The batch of a step: as asked for, or that part of it which memory holds. */
export function fitting(
  { patch, batch }: BatchShape,
  { batchPart = 1 }: Pick<TrainState, 'batchPart'>,
): BatchShape {
  return { patch, batch: Math.ceil(batch * batchPart) };
}

/** The leading patches of a batch, as many as the shape says. */
export function leading({ lr, hr }: Batch, { patch, batch }: BatchShape, scale: number): Batch {
  const pixels = 3 * batch * patch ** 2;
  return { lr: lr.subarray(0, pixels), hr: hr.subarray(0, pixels * scale ** 2) };
}

/** After a step that failed for want of memory: all batches of the run are halved from now on. Else throws its error. */
export function halveBatches(
  state: TrainState,
  { batch }: BatchShape,
  error: unknown,
  say: StepperOptions['say'],
): void {
  if (!isOutOfMemory(error) || batch === 1) throw error;
  state.batchPart = (state.batchPart ?? 1) / 2;
  say?.(`The device's memory does not hold batches of ${batch}: the training goes on with half of that.`);
}

async function compileLoop(
  state: Pick<TrainState, 'candidates' | 'batchPart'>,
  shape: BatchShape,
  { provider = 'cpu', spin = true, resident = true }: StepperOptions,
): Promise<StepLoop> {
  const { candidates } = state;
  const graph = weightStep(candidates, layoutOf(candidates), fitting(shape, state));
  const { nextWeights, nextM, nextV, nextSeen, nextAverage, ...outputs } = graph;
  const next = { weights: nextWeights, m: nextM, v: nextV, seen: nextSeen, average: nextAverage };
  return Loop.compile(outputs, next, { provider, spin, resident });
}
