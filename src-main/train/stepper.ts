import { isOutOfMemory } from '../base/errors';
import type { Batch } from '../data/patches';
import { layoutOf } from '../model/network';
import { correctedRate } from '../nn/optim';
import type { ParamLayout } from '../nn/params';
import { Loop } from '../runtime/loop';
import type { SessionOptions } from '../runtime/session';
import type { Relaxed } from '../search/choices';
import { SoftInputs } from '../search/softInputs';
import type { TrainState } from './state';
import { stepGraph, type StepShape } from './step';

export interface StepResult {
  weightLoss: number;
  /** dL/dp of the open choices, by name; empty when nothing is open or choices rest. */
  choiceGradients: Record<string, number[]>;
}

/** How far a step moves: Adam's rate, and what the moving average keeps. */
export interface WeightRates {
  rate: number;
  keep: number;
}

export interface StepperOptions extends Pick<SessionOptions, 'provider' | 'spin'> {
  /** Told, in a sentence, when memory does not hold a step and batches are halved. */
  say?: (message: string) => void;
}

/** What a step learns from; the second half is needed where the step has a choice batch. */
interface Halves {
  weightHalf: Batch;
  choiceHalf: Batch | undefined;
}

/** The weight half runs with the `drawn` choices (default: the relaxed ones), the choice half with the relaxed ones. */
interface StepSettings extends WeightRates {
  relaxed?: Relaxed;
  drawn?: Relaxed;
}

type StepLoop = Loop<'weightLoss' | 'choiceGradient', 'weights' | 'm' | 'v' | 'average'>;

/**
 * The compiled training step of one set of candidates. The state's vectors stay on the device from step to step:
 * {@link settle} them before anybody looks. Dispose of it before the next is compiled.
 */
export class Stepper {
  /** The weights of the state whose vectors the loop goes on from. */
  private held: Float32Array | undefined;

  private constructor(
    readonly layout: ParamLayout,
    readonly shape: StepShape,
    private readonly options: StepperOptions,
    private readonly soft: SoftInputs,
    private loop: StepLoop,
    /** The part of the batches that it is compiled for. */
    private part: number,
  ) {}

  /** With `shape.choiceBatch` 0 the choices rest: they are fed, but their gradients are not computed. */
  static async compile(
    state: Pick<TrainState, 'candidates' | 'batchPart'>,
    shape: StepShape,
    options: StepperOptions = {},
  ): Promise<Stepper> {
    const { candidates, batchPart = 1 } = state;
    const loop = await compileLoop(state, shape, options);
    return new Stepper(layoutOf(candidates), shape, options, new SoftInputs(candidates), loop, batchPart);
  }

  /** One step. Where memory does not hold it, the batches of this and all later ones are halved. */
  async step(state: TrainState, halves: Halves, settings: StepSettings): Promise<StepResult> {
    await this.fit(state);
    try {
      return await this.tryStep(state, halves, settings);
    } catch (error) {
      const { weightBatch } = fitting(this.shape, state);
      if (!isOutOfMemory(error) || weightBatch === 1) throw error;
      state.batchPart = this.part / 2;
      this.options.say?.(
        `The device's memory does not hold batches of ${weightBatch}: the training goes on with half of that.`,
      );
      return this.step(state, halves, settings);
    }
  }

  private async tryStep(
    state: TrainState,
    { weightHalf, choiceHalf }: Halves,
    { rate, keep, relaxed = {}, drawn = relaxed }: StepSettings,
  ): Promise<StepResult> {
    const { weightBatch, choiceBatch } = fitting(this.shape, state);
    const first = ({ lr, hr }: Batch, count: number): Batch => {
      const pixels = 3 * count * this.shape.patch ** 2;
      return { lr: lr.subarray(0, pixels), hr: hr.subarray(0, pixels * state.candidates.scale ** 2) };
    };
    const choice = choiceHalf && first(choiceHalf, choiceBatch);
    if (this.held !== state.weights) this.loop.write(state);
    this.held = state.weights;
    const out = await this.loop.run({
      ...first(weightHalf, weightBatch),
      ...(choice && { choiceLr: choice.lr, choiceHr: choice.hr }),
      choices: this.soft.feed(relaxed),
      drawn: this.soft.feed(drawn),
      rate: Float32Array.of(correctedRate(rate, state.step + 1)),
      keep: Float32Array.of(keep),
    });
    const gradient = out.choiceGradient as Float32Array | undefined;
    return {
      weightLoss: out.weightLoss[0]!,
      choiceGradients: gradient ? this.soft.gradients(relaxed, gradient) : {},
    };
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

/** The batches of a step: as asked for, or that part of them which memory holds. */
export function fitting(shape: StepShape, { batchPart = 1 }: Pick<TrainState, 'batchPart'>): StepShape {
  const part = (batch: number): number => Math.ceil(batch * batchPart);
  return { ...shape, weightBatch: part(shape.weightBatch), choiceBatch: part(shape.choiceBatch) };
}

async function compileLoop(
  state: Pick<TrainState, 'candidates' | 'batchPart'>,
  shape: StepShape,
  { provider = 'cpu', spin = true }: StepperOptions,
): Promise<StepLoop> {
  const { candidates } = state;
  const graph = stepGraph(candidates, layoutOf(candidates), fitting(shape, state));
  const { nextWeights, nextM, nextV, nextAverage, ...outputs } = graph as Required<typeof graph>;
  const next = { weights: nextWeights, m: nextM, v: nextV, average: nextAverage };
  return Loop.compile(outputs, next, { provider, spin });
}
