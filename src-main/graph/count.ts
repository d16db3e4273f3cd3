import { numeric, sizeOf, topological, type Node } from './ops';

export interface NetworkCost {
  /** Elements of all distinct tensors that convolutions use as kernel or bias; a shared one counts once. */
  params: number;
  /** Multiply-accumulates of all convolutions, as published tables count them: biases and activations are free. */
  macs: number;
  /** Pixels of the output picture (times the batch), to express `macs` per pixel. */
  outputPixels: number;
}

/**
 * Counts a network by its convolutions, whatever its weights are (constants, inputs, slices of one vector, masked or
 * folded kernels), so that the supernet and the finished model are counted alike. `output` is [n, c, h, w] and every
 * shape must be fixed; an open picture size throws.
 */
export function countNetwork(output: Node): NetworkCost {
  const weights = new Set<Node>();
  let macs = 0;
  for (const node of topological([output])) {
    if (node.op !== 'Conv') continue;
    const [, kernel] = node.inputs;
    // A kernel [o, c / group, k, k]: every output element takes c / group * k * k products.
    macs += sizeOf(node.shape) * sizeOf(kernel!.shape.slice(1));
    for (const weight of node.inputs.slice(1)) weights.add(weight);
  }
  const [n, , h, w] = numeric(output.shape) as [number, number, number, number];
  return {
    params: [...weights].reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    macs,
    outputPixels: n * h * w,
  };
}
