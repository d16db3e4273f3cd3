import { expect, test } from 'vitest';
import { fusedMatmul, input, matmul, relu, swapLast } from '../../src-main/graph/build';
import { lower } from '../../src-main/runtime/lower';

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
