import type { Batch, BatchShape } from '../data/patches';
import { layoutOf } from '../model/network';
import type { ParamLayout } from '../nn/params';
import { inherit } from '../search/derive';
import type { Candidates } from '../search/space';
import { vectors, type TrainState } from './state';
import { Stepper, type StepperOptions, type WeightRates } from './stepper';

/** How many networks are trained in turn, and how many steps each of them makes before another takes its place. */
export interface Turns {
  networks: number;
  steps: number;
}

/**
 * Trains the weights that all networks of a space share, each drawn network as itself: what it does not use is not
 * computed, so that a step costs a third of one of the masked supernet, or less. One network a step, in turn; `state.drawn` says
 * which, so that a resumed run goes on as it was.
 */
export class SharingStepper {
  private readonly members: (Member | undefined)[] = [];

  /** `draw` gives the n-th network, a part of the run's space. */
  constructor(
    private readonly shape: BatchShape,
    private readonly turns: Turns,
    private readonly draw: (n: number) => Candidates,
    private readonly options: Pick<StepperOptions, 'provider' | 'say'>,
  ) {}

  /** One step of one network, on its part of `state`'s vectors; gives the loss. */
  async step(state: TrainState, batch: Batch, rates: WeightRates): Promise<number> {
    const { networks, steps } = this.turns;
    const at = state.step % networks;
    const turn = Math.floor(state.step / networks);
    // Places change their networks one after the other, not all at once.
    const generation = Math.floor((turn + (at * steps) / networks) / steps);
    const n = generation * networks + at;
    if (state.drawn[at]?.n !== n) state.drawn[at] = { n, candidates: this.draw(n) };
    const { candidates } = state.drawn[at];
    let member = this.members[at];
    if (member?.candidates !== candidates) {
      await member?.dispose();
      this.members[at] = undefined;
      this.members[at] = member = await Member.compile(state, candidates, this.shape, this.options);
    }
    return member.step(state, batch, rates);
  }

  async dispose(): Promise<void> {
    for (const member of this.members.splice(0)) await member?.dispose();
  }
}

/** One network with its places in the vectors of all. */
class Member {
  /** The places, and in which space they are: as candidates are dropped, those that stay move up. */
  private places: Int32Array = new Int32Array();
  private space: Candidates | undefined;

  private constructor(
    readonly candidates: Candidates,
    private readonly stepper: Stepper,
  ) {}

  static async compile(
    state: TrainState,
    candidates: Candidates,
    shape: BatchShape,
    options: Pick<StepperOptions, 'provider' | 'say'>,
  ): Promise<Member> {
    // Idle threads of the other members would slow this one down, and its vectors are needed after every step.
    const own = { ...options, spin: false, resident: false };
    const stepper = await Stepper.compile({ ...state, candidates }, shape, own);
    return new Member(candidates, stepper);
  }

  async step(state: TrainState, batch: Batch, rates: WeightRates): Promise<number> {
    if (this.space !== state.candidates)
      this.places = placesOf(this.stepper.layout, layoutOf(state.candidates));
    this.space = state.candidates;
    const { places } = this;
    const own = { ...state, candidates: this.candidates };
    for (const name of vectors) {
      own[name] = new Float32Array(places.length);
      for (let i = 0; i < places.length; i++) own[name][i] = state[name][places[i]!]!;
    }
    const loss = await this.stepper.step(own, batch, rates);
    await this.stepper.settle(own);
    if (own.batchPart !== undefined) state.batchPart = own.batchPart;
    for (const name of vectors)
      for (let i = 0; i < places.length; i++) state[name][places[i]!] = own[name][i]!;
    return loss;
  }

  async dispose(): Promise<void> {
    await this.stepper.dispose();
  }
}

/** Where each weight of a network lies in the vector of the supernet that it is a part of. */
function placesOf(part: ParamLayout, whole: ParamLayout): Int32Array {
  const numbers = Float32Array.from({ length: whole.size }, (_, place) => place);
  return Int32Array.from(inherit(whole, numbers, part, new Float32Array(part.size)));
}
