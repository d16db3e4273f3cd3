import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { numeric, topological, type Node } from '../graph/ops';
import type { Tensor } from './session';
import { computeNode, type Tfjs } from './tfjsOps';

/**
 * A graph that TensorFlow.js walks op by op, on the backend that `tf` has chosen: the counterpart of an onnxruntime
 * session. Release it when done: its constants stay on the device.
 */
export class TfjsGraph {
  private readonly order: readonly Node[];
  private readonly constants = new Map<Node, TfTensor>();
  /** What nobody needs any more once a node is computed. */
  private readonly spent = new Map<Node, Node[]>();

  constructor(
    private readonly tf: Tfjs,
    private readonly outputs: Readonly<Record<string, Node>>,
  ) {
    const results = Object.values(outputs);
    this.order = topological(results);
    for (const node of this.order)
      if (node.op === 'Constant') this.constants.set(node, computeNode(tf, node, []));
    const lastUser = new Map<Node, Node>();
    for (const node of this.order) for (const x of node.inputs) lastUser.set(x, node);
    for (const [x, user] of lastUser) {
      if (this.constants.has(x) || results.includes(x)) continue;
      this.spent.set(user, [...(this.spent.get(user) ?? []), x]);
    }
  }

  /** Runs the graph; blocks this process until it is done. Every tensor but the constants is gone afterwards. */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const values = new Map(this.constants);
    try {
      for (const node of this.order) {
        if (values.has(node)) continue;
        values.set(node, this.valueOf(node, values, feeds));
        for (const x of this.spent.get(node) ?? []) {
          values.get(x)?.dispose();
          values.delete(x);
        }
      }
      const results: Record<string, Tensor> = {};
      for (const [name, node] of Object.entries(this.outputs))
        // Copied: the JavaScript backend hands out its own arrays, which may be those that were fed.
        results[name] = {
          data: Float32Array.from(await values.get(node)!.data()),
          dims: numeric(node.shape),
        };
      return results;
    } finally {
      for (const [node, value] of values) if (!this.constants.has(node)) value.dispose();
    }
  }

  private valueOf(
    node: Node,
    values: ReadonlyMap<Node, TfTensor>,
    feeds: Readonly<Record<string, Tensor>>,
  ): TfTensor {
    if (node.op !== 'Input')
      return computeNode(this.tf, node, node.inputs.map((x) => values.get(x)!)); // prettier-ignore
    const feed = feeds[node.attrs.name];
    if (!feed) throw new Error(`TfjsGraph: no values for the input ${node.attrs.name}`);
    return this.tf.tensor(feed.data, [...feed.dims]);
  }

  release(): void {
    for (const constant of this.constants.values()) constant.dispose();
  }
}
