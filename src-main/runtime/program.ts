import { numeric, topological, type Node } from '../graph/ops';
import { simplify } from '../graph/simplify';
import { encodeModel } from '../onnx/encode';
import { blocked, blockOfChannels } from './blocked';
import { lower } from './lower';
import { Session, type Provider, type SessionOptions, type Tensor } from './session';

/** Flat arrays by name; their shapes are the graph's own. */
export type Values<Name extends string = string> = Readonly<Record<Name, Float32Array>>;

/** A graph in a session, and the shapes of the inputs that are left of it. */
export interface Loaded {
  session: Session;
  shapes: ReadonlyMap<string, readonly number[]>;
}

/** A graph simplified, in operations that the provider has, as ONNX; and the shapes of the inputs that are left of it. */
export async function encodeFor(
  provider: Provider,
  outputs: Readonly<Record<string, Node>>,
): Promise<{ model: Uint8Array; shapes: Loaded['shapes'] }> {
  const block = provider === 'cpu' ? await blockOfChannels() : undefined;
  const lowered = simplify(lower(outputs, provider, block));
  const simple = block === undefined ? lowered : blocked(lowered, block);
  const shapes = new Map<string, readonly number[]>();
  for (const node of topological(Object.values(simple)))
    if (node.op === 'Input') shapes.set(node.attrs.name, numeric(node.shape));
  return { model: encodeModel(simple), shapes };
}

/** Makes a graph ready to run. */
export async function load(
  outputs: Readonly<Record<string, Node>>,
  options: SessionOptions = {},
): Promise<Loaded> {
  const { model, shapes } = await encodeFor(options.provider ?? 'cpu', outputs);
  return { session: await Session.create(model, options), shapes };
}

/** What is fed to a loaded graph; values that the simplified graph does not need are left out. */
export function tensorsOf(feeds: Values, shapes: Loaded['shapes']): Record<string, Tensor> {
  const named = [...shapes].map(([name, dims]) => {
    const data = feeds[name];
    if (!data) throw new Error(`Program: no values for the input ${name}`);
    return [name, { data, dims }];
  });
  return Object.fromEntries(named) as Record<string, Tensor>;
}

export const valuesOf = <Name extends string>(tensors: Readonly<Record<string, Tensor>>): Values<Name> =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data])) as Values<Name>;

/** A graph made ready to run. It owns its session; dispose of it when done. */
export class Program<Out extends string> {
  private constructor(private readonly loaded: Loaded) {}

  static async compile<Out extends string>(
    outputs: Readonly<Record<Out, Node>>,
    options: SessionOptions = {},
  ): Promise<Program<Out>> {
    return new Program(await load(outputs, options));
  }

  /** Blocks this process until the results are there. Feeds that the simplified graph does not need are ignored. */
  async run(feeds: Values): Promise<Record<Out, Float32Array>> {
    const { session, shapes } = this.loaded;
    return valuesOf(await session.run(tensorsOf(feeds, shapes)));
  }

  async dispose(): Promise<void> {
    await this.loaded.session.release();
  }
}
