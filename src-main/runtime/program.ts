import { numeric, topological, type Node } from '../graph/ops';
import { simplify } from '../graph/simplify';
import { encodeModel } from '../onnx/encode';
import { Session, type SessionOptions } from './session';

/**
 * A graph made ready to run: simplified, encoded, loaded. It owns its session; dispose of it when done.
 * Feeds and results are flat arrays by name; their shapes are the graph's own.
 */
export class Program<Out extends string> {
  private constructor(
    private readonly session: Session,
    private readonly inputs: ReadonlyMap<string, readonly number[]>,
  ) {}

  static async compile<Out extends string>(
    outputs: Readonly<Record<Out, Node>>,
    options: SessionOptions = {},
  ): Promise<Program<Out>> {
    const simple = simplify(outputs);
    const inputs = new Map<string, readonly number[]>();
    for (const node of topological(Object.values<Node>(simple)))
      if (node.op === 'Input') inputs.set(node.attrs.name, numeric(node.shape));
    return new Program(await Session.create(encodeModel(simple), options), inputs);
  }

  /** Blocks this process until the results are there. Feeds that the simplified graph does not need are ignored. */
  async run(feeds: Readonly<Record<string, Float32Array>>): Promise<Record<Out, Float32Array>> {
    const tensors = Object.fromEntries(
      [...this.inputs].map(([name, dims]) => {
        const data = feeds[name];
        if (!data) throw new Error(`Program: no values for the input ${name}`);
        return [name, { data, dims }];
      }),
    );
    const results = await this.session.run(tensors);
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data])) as Record<
      Out,
      Float32Array
    >;
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}
