import { expect, test } from 'vitest';
import { conv, fusedMatmul, input, matmul, mean, relu, swapLast } from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { gradients } from '../../src-main/graph/gradients';
import { topological, type Node } from '../../src-main/graph/ops';
import { lower } from '../../src-main/runtime/lower';
import { expectClose, randomValues } from '../support/gradcheck';

const [a, b] = [input('a', [2, 5, 3]), input('b', [2, 4, 5])];
const product = relu(fusedMatmul(a, b, true, true));

test('products of transposed matrices stay fused where the provider can', () => {
  for (const provider of ['cpu', 'cuda', 'dml', 'tensorflow'] as const)
    expect(lower({ product }, provider).product).toBe(product);
});

test('elsewhere the matrices are transposed first', () => {
  const plain = relu(matmul(swapLast(a), swapLast(b)));
  expect(lower({ product }, 'webgpu').product).toEqual(plain);
  expect(lower({ product }, 'coreml').product).toEqual(plain);
});

test('gradients of depthwise kernels stay convolutions in whole blocks only; elsewhere they are products', () => {
  const x = input('x', [2, 8, 5, 6]);
  const w = input('w', [8, 1, 3, 3]);
  const dw = gradients(mean(conv(x, w)), [w])[0]!;
  const convolutions = (outputs: Record<string, Node>): number =>
    topological(Object.values(outputs)).filter(({ op }) => op === 'Conv').length;
  expect(convolutions(lower({ dw }, 'cpu', 16))).toBe(1);
  const feeds = { x: randomValues(2 * 8 * 5 * 6, 1, 0), w: randomValues(72, 1, 1) };
  for (const products of [lower({ dw }, 'cpu', 32), lower({ dw }, 'cpu'), lower({ dw }, 'webgpu')]) {
    expect(convolutions(products)).toBe(0);
    expectClose(evaluate([products.dw], feeds)[0]!.data, evaluate([dw], feeds)[0]!.data, 1e-12, 'dw');
  }
});
