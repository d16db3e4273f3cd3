import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { topological, type Node } from '../graph/ops';
import { decodeGraph } from '../onnx/decode';
import { ResidentTensor, type AnyTensor, type Session, type Tensor } from './session';
import { computeNode, type Tfjs } from './tfjsOps';

/**
 * One of our networks, walked by TensorFlow.js op by op, on the backend that `tf` has chosen. Release it when done: its
 * constants stay on the device.
 */
export class TfjsSession implements Session {
  private readonly outputs: Readonly<Record<string, Node>>;
  private readonly order: readonly Node[];
  private readonly constants = new Map<Node, TfTensor>();
  /** What nobody needs any more once a node is computed. */
  private readonly spent = new Map<Node, Node[]>();

  /** The results named in `resident` stay on the device. */
  constructor(
    private readonly tf: Tfjs,
    model: Uint8Array,
    private readonly resident: readonly string[] = [],
  ) {
    this.outputs = decodeGraph(model);
    const results = new Set(Object.values(this.outputs));
    this.order = topological([...results]);
    const lastUser = new Map<Node, Node>();
    for (const node of this.order) {
      if (node.op === 'Constant') this.constants.set(node, computeNode(tf, node, []));
      for (const x of node.inputs) lastUser.set(x, node);
    }
    for (const [x, user] of lastUser)
      if (!this.constants.has(x) && !results.has(x))
        this.spent.set(user, [...(this.spent.get(user) ?? []), x]);
  }

  get inputNames(): readonly string[] {
    return this.order.flatMap((node) => (node.op === 'Input' ? [node.attrs.name] : []));
  }

  get outputNames(): readonly string[] {
    return Object.keys(this.outputs);
  }

  /** Runs a network without resident results; blocks this process until it is done. */
  async run(feeds: Readonly<Record<string, AnyTensor>>): Promise<Record<string, Tensor>> {
    return (await this.runResident(feeds)) as Record<string, Tensor>;
  }

  /** Every tensor but the constants and the resident results is gone afterwards, also where it fails. */
  async runResident(feeds: Readonly<Record<string, AnyTensor>>): Promise<Record<string, AnyTensor>> {
    const values = new Map(this.constants);
    try {
      for (const node of this.order) {
        if (node.op !== 'Constant') values.set(node, this.valueOf(node, values, feeds));
        for (const x of this.spent.get(node) ?? []) {
          values.get(x)?.dispose();
          values.delete(x);
        }
      }
      const results: Record<string, AnyTensor> = {};
      for (const [name, node] of Object.entries(this.outputs))
        results[name] = await this.resultOf(name, values.get(node)!);
      return results;
    } finally {
      for (const [node, value] of values) if (node.op !== 'Constant') value.dispose();
    }
  }

  private valueOf(
    node: Node,
    values: ReadonlyMap<Node, TfTensor>,
    feeds: Readonly<Record<string, AnyTensor>>,
  ): TfTensor {
    if (node.op !== 'Input')
      return computeNode(this.tf, node, node.inputs.map((x) => values.get(x)!)); // prettier-ignore
    const feed = feeds[node.attrs.name];
    if (!feed) throw new Error(`TfjsSession: no values for the input ${node.attrs.name}`);
    if (feed instanceof ResidentTensor) return (feed.inner as TfTensor).clone();
    return this.tf.tensor(feed.data, [...feed.dims]);
  }

  private async resultOf(name: string, value: TfTensor): Promise<AnyTensor> {
    const dims = value.shape;
    if (this.resident.includes(name)) return new ResidentTensor(value.clone(), dims);
    // Copied: the JavaScript backend hands out its own arrays, which may be those that were fed.
    return { data: Float32Array.from(await value.data()), dims };
  }

  release(): Promise<void> {
    for (const constant of this.constants.values()) constant.dispose();
    return Promise.resolve();
  }
}
