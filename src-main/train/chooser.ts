import type { Batch, BatchShape } from '../data/patches';
import { layoutOf } from '../model/network';
import { Program } from '../runtime/program';
import type { Relaxed } from '../search/choices';
import { SoftInputs } from '../search/softInputs';
import type { TrainState } from './state';
import { choiceStep } from './step';
import { fitting, halveBatches, leading, type StepperOptions } from './stepper';

type Compiled = Program<'choiceGradient'>;

/** The compiled gradient of the open choices of one supernet. Dispose of it before the next is compiled. */
export class Chooser {
  private constructor(
    private readonly soft: SoftInputs,
    private readonly shape: BatchShape,
    private readonly options: StepperOptions,
    private program: Compiled,
    /** The part of the batch that it is compiled for. */
    private part: number | undefined,
  ) {}

  static async compile(state: TrainState, shape: BatchShape, options: StepperOptions): Promise<Chooser> {
    const program = await compile(state, shape, options);
    return new Chooser(new SoftInputs(state.candidates), shape, options, program, state.batchPart);
  }

  /** dL/dp of the open choices, by name, with all of them `relaxed`. Where memory does not hold the batch it is halved. */
  async gradients(state: TrainState, batch: Batch, relaxed: Relaxed): Promise<Record<string, number[]>> {
    if (state.batchPart !== this.part) {
      await this.program.dispose();
      this.program = await compile(state, this.shape, this.options);
      this.part = state.batchPart;
    }
    const shape = fitting(this.shape, state);
    const { lr, hr } = leading(batch, shape, state.candidates.scale);
    const { weights } = state;
    const feeds = { choiceLr: lr, choiceHr: hr, weights, choices: this.soft.feed(relaxed) };
    try {
      const { choiceGradient } = await this.program.run(feeds);
      return this.soft.gradients(relaxed, choiceGradient);
    } catch (error) {
      halveBatches(state, shape, error, this.options.say);
      return this.gradients(state, batch, relaxed);
    }
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
  }
}

function compile(
  state: TrainState,
  shape: BatchShape,
  { provider = 'cpu' }: StepperOptions,
): Promise<Compiled> {
  const { candidates } = state;
  const { choiceGradient } = choiceStep(candidates, layoutOf(candidates), fitting(shape, state));
  // Its idle threads would slow the networks down that are trained in between.
  return Program.compile({ choiceGradient }, { provider, spin: false });
}
