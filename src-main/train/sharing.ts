import type { Batch } from '../data/patches';
import { layoutOf } from '../model/network';
import { adam } from '../nn/optim';
import { inherit } from '../search/derive';
import type { Candidates } from '../search/space';
import type { TrainState } from './state';
import type { StepShape } from './step';
import { Stepper, type StepperOptions, type StepResult, type WeightRates } from './stepper';

/** How many networks are trained in turn, and how many steps each of them makes before another takes its place. */
const pool = { size: 16, visits: 64 };

/**
 * Trains the weights that all networks of a space share, each drawn network as itself: what it does not use is not
 * computed, so that a step costs a fifth of one of the masked supernet. One network a step, in turn.
 * Which ones depends on the step alone, so that a resumed run goes on as it was.
 */
export class SharingStepper {
  private readonly members: (Member | undefined)[] = [];

  /** `draw` gives the n-th network, a part of the run's space. */
  constructor(
    private readonly shape: StepShape,
    private readonly draw: (n: number) => Candidates,
    private readonly options: Pick<StepperOptions, 'provider' | 'say'>,
  ) {}

  async step(state: TrainState, batch: Batch, rates: WeightRates): Promise<StepResult> {
    const at = state.step % pool.size;
    const turn = Math.floor(state.step / pool.size);
    // Places change their networks one after the other, not all at once.
    const generation = Math.floor((turn + (at * pool.visits) / pool.size) / pool.visits);
    const n = generation * pool.size + at;
    let member = this.members[at];
    if (member?.n !== n) {
      await member?.stepper.dispose();
      this.members[at] = undefined;
      this.members[at] = member = await Member.compile(n, state, this.draw(n), this.shape, this.options);
    }
    return member.step(state, batch, rates);
  }

  async dispose(): Promise<void> {
    for (const member of this.members) await member?.stepper.dispose();
  }
}

const vectors = ['weights', 'm', 'v', 'average'] as const;

/** One network with its places in the vectors of all. */
class Member {
  private constructor(
    readonly n: number,
    readonly stepper: Stepper,
    private readonly candidates: Candidates,
    private readonly places: Int32Array,
  ) {}

  static async compile(
    n: number,
    state: TrainState,
    candidates: Candidates,
    shape: StepShape,
    options: Pick<StepperOptions, 'provider' | 'say'>,
  ): Promise<Member> {
    // Idle threads of the other members would slow this one down.
    const stepper = await Stepper.compile({ ...state, candidates }, shape, { ...options, spin: false });
    const { length } = state.weights;
    const numbers = Float32Array.from({ length }, (_, place) => place);
    const { layout } = stepper;
    const nowhere = new Float32Array(layout.size).fill(NaN);
    const places = Int32Array.from(inherit(layoutOf(state.candidates), numbers, layout, nowhere));
    return new Member(n, stepper, candidates, places);
  }

  async step(state: TrainState, batch: Batch, rates: WeightRates): Promise<StepResult> {
    const { places } = this;
    const own = { ...state, candidates: this.candidates };
    for (const name of vectors) {
      own[name] = new Float32Array(places.length);
      for (let i = 0; i < places.length; i++) own[name][i] = state[name][places[i]!]!;
    }
    const before = own.v;
    const result = await this.stepper.step(own, { weightHalf: batch, choiceHalf: undefined }, rates);
    await this.stepper.settle(own);
    if (own.batchPart !== undefined) state.batchPart = own.batchPart;
    for (let i = 0; i < places.length; i++) {
      // Adam's means begin at the first gradient: a correction by the number of steps (from zero) would not suit weights
      // that are drawn now and then.
      const isFirst = before[i] === 0;
      const place = places[i]!;
      state.weights[place] = own.weights[i]!;
      state.average[place] = own.average[i]!;
      state.m[place] = own.m[i]! / (isFirst ? 1 - adam.beta1 : 1);
      state.v[place] = own.v[i]! / (isFirst ? 1 - adam.beta2 : 1);
    }
    return result;
  }
}
