import { input } from '../graph/build';
import type { Node } from '../graph/ops';
import { load, tensorsOf, valuesOf, type Loaded, type Values } from './program';
import { ResidentTensor, type AnyTensor, type SessionOptions, type Tensor } from './session';

export interface LoopOptions extends Omit<SessionOptions, 'resident'> {
  resident?: boolean;
}

/**
 * A program that runs again and again on a state which each run hands on to the next: plain arrays on the CPU, tensors
 * that stay in its memory on a GPU. Dispose of it when done.
 */
export class Loop<Out extends string, State extends string> {
  private state: Readonly<Record<string, AnyTensor>> = {};
  /** Makes copies of a resident state that the CPU can read; loaded once somebody asks. */
  private copier: Loaded | undefined;

  private constructor(
    private readonly loaded: Loaded,
    /** The shapes of the parts of the state. */
    private readonly parts: Loaded['shapes'],
    private readonly options: SessionOptions,
  ) {}

  /**
   * `next` is what each part of the state, an input of the graph, becomes in the next run. Unless the state is to be
   * `resident` (the usual case), it comes back from a GPU with the results of each run.
   */
  static async compile<Out extends string, State extends string>(
    outputs: Readonly<Record<Out, Node>>,
    next: Readonly<Record<State, Node>>,
    { resident = true, ...options }: LoopOptions = {},
  ): Promise<Loop<Out, State>> {
    const nextState = renamed<Node>(next, nextOf);
    const all = { ...outputs, ...nextState };
    const staying = resident ? Object.keys(nextState) : [];
    const { session, shapes } = await load(all, { ...options, resident: staying });
    const inputs = (isState: boolean) => new Map([...shapes].filter(([name]) => name in next === isState));
    return new Loop({ session, shapes: inputs(false) }, inputs(true), options);
  }

  /** Sets the state; to be called before the first run. */
  write(state: Values<State>): void {
    disposeOf(this.state);
    this.state = tensorsOf(state, this.parts);
  }

  /** One step; a run that fails leaves the state as it was. Blocks this process until the results are there. */
  async run(feeds: Values): Promise<Values<Out>> {
    const { session, shapes } = this.loaded;
    const results = await session.runResident({ ...tensorsOf(feeds, shapes), ...this.state });
    const before = this.state;
    this.state = mapped(before, (_, name) => results[nextOf(name)]!);
    disposeOf(before);
    const isState = new Set(Object.keys(before).map(nextOf));
    const others = Object.entries(results).filter(([name]) => !isState.has(name));
    return valuesOf(Object.fromEntries(others) as Record<string, Tensor>);
  }

  /** The state as the last run has left it. */
  async read(): Promise<Values<State>> {
    const { state } = this;
    if (!Object.values(state).some((tensor) => tensor instanceof ResidentTensor))
      return valuesOf(state as Record<string, Tensor>);
    // Reading such a tensor directly aborts the process (METHOD B1).
    const copies = mapped(state, ({ dims }, name) => input(name, dims));
    this.copier ??= await load(renamed(copies, copyOf), this.options);
    const copied = await this.copier.session.run(state);
    return valuesOf(mapped(state, (_, name) => copied[copyOf(name)]!));
  }

  async dispose(): Promise<void> {
    disposeOf(this.state);
    await this.copier?.session.release();
    await this.loaded.session.release();
  }
}

// No result may have the name of an input.
const nextOf = (name: string): string => `next ${name}`;
const copyOf = (name: string): string => `copy of ${name}`;

const mapped = <A, B>(record: Readonly<Record<string, A>>, to: (value: A, name: string) => B) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value, name)]));

const renamed = <A>(record: Readonly<Record<string, A>>, to: (name: string) => string) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [to(name), value]));

function disposeOf(state: Readonly<Record<string, AnyTensor>>): void {
  for (const tensor of Object.values(state)) if (tensor instanceof ResidentTensor) tensor.dispose();
}
