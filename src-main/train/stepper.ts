import { correctedRate } from '../nn/optim';
import type { ParamLayout } from '../nn/params';
import type { Batch } from '../data/patches';
import { Program } from '../runtime/program';
import type { SessionOptions } from '../runtime/session';
import { SoftInputs } from '../search/softInputs';
import type { Relaxed } from '../search/choices';
import type { TrainState } from './state';
import { layoutOf } from '../model/network';
import { stepGraph, type StepOutput, type StepShape } from './step';

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

/** The compiled training step of one set of candidates. Dispose of it before the next is compiled. */
export class Stepper {
  private constructor(
    readonly layout: ParamLayout,
    readonly shape: StepShape,
    private readonly soft: SoftInputs,
    private readonly program: Program<StepOutput>,
  ) {}

  /** With `shape.choiceBatch` 0 the choices rest: they are fed, but their gradients are not computed. */
  static async compile(
    { candidates }: Pick<TrainState, 'candidates'>,
    shape: StepShape,
    options: SessionOptions = {},
  ): Promise<Stepper> {
    const layout = layoutOf(candidates);
    const graph = stepGraph(candidates, layout, shape);
    const program = await Program.compile(graph as Required<typeof graph>, options);
    return new Stepper(layout, shape, new SoftInputs(candidates), program);
  }

  /**
   * One step on `state`'s vectors: the weight half runs with the `drawn` choices (default: the relaxed ones), the
   * choice half with the relaxed ones. `choiceHalf` is needed where the step has a choice batch.
   */
  async step(
    state: TrainState,
    { weightHalf, choiceHalf }: { weightHalf: Batch; choiceHalf: Batch | undefined },
    { rate, keep, relaxed = {}, drawn = relaxed }: WeightRates & { relaxed?: Relaxed; drawn?: Relaxed },
  ): Promise<StepResult> {
    const { weights, m, v, average } = state;
    const out = await this.program.run({
      lr: weightHalf.lr,
      hr: weightHalf.hr,
      ...(choiceHalf ? { choiceLr: choiceHalf.lr, choiceHr: choiceHalf.hr } : {}),
      choices: this.soft.feed(relaxed),
      drawn: this.soft.feed(drawn),
      weights,
      m,
      v,
      average,
      rate: Float32Array.of(correctedRate(rate, state.step + 1)),
      keep: Float32Array.of(keep),
    });
    state.weights = out.nextWeights;
    state.m = out.nextM;
    state.v = out.nextV;
    state.average = out.nextAverage;
    const gradient = out.choiceGradient as Float32Array | undefined;
    return {
      weightLoss: out.weightLoss[0]!,
      choiceGradients: gradient ? this.soft.gradients(relaxed, gradient) : {},
    };
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
  }
}
