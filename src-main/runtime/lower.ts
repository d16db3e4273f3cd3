import { matmul, swapLast } from '../graph/build';
import { depthwiseByProducts } from '../graph/convGradients';
import type { Node } from '../graph/ops';
import { rewrite } from '../graph/rewrite';
import type { Provider } from './session';

/** Whose runtime has FusedMatMul, an operation beyond the ONNX standard. */
const fusesMatMul: readonly Provider[] = ['cpu', 'cuda', 'dml', 'tensorflow'];

/**
 * The same results by operations that the provider has, all of them: what it lacks would run on the CPU, at the cost of
 * copies there and back. Sign, which WebGPU lacks too, is in none of our graphs. Gradients of depthwise kernels stay
 * convolutions only where channels come in blocks of `block`, for which there are kernels that are made for them: six times
 * as fast as products (16 photos, 64 channels, one core). `block` is undefined where the provider keeps no blocks.
 */
export function lower<K extends string>(
  outputs: Readonly<Record<K, Node>>,
  provider: Provider,
  block?: number,
): Record<K, Node> {
  const multiplied = rewrite(outputs, (node) => depthwiseByProducts(node, block) ?? node);
  if (fusesMatMul.includes(provider)) return multiplied;
  return rewrite(multiplied, (node) => {
    if (node.op !== 'FusedMatMul') return node;
    const [a, b] = node.inputs as readonly [Node, Node];
    const { transA, transB } = node.attrs;
    return matmul(transA ? swapLast(a) : a, transB ? swapLast(b) : b);
  });
}
