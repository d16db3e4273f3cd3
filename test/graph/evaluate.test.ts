import { describe, expect, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';

/** Hand-made answers; every op against onnxruntime and TensorFlow.js is everyOp.test.ts. */
describe('evaluate', () => {
  it('computes in double precision', () => {
    const [value] = evaluate([g.add(g.input('x', []), 1e-12)], { x: [1] });
    expect(value!.data[0]! - 1).toBeCloseTo(1e-12, 15);
  });

  it('convolves: a kernel is not turned, zeros surround the picture', () => {
    const picture = g.constant([1, 2, 3, 4], [1, 1, 2, 2]);
    const kernel = g.constant([0, 0, 0, 0, 1, 10, 0, 100, 1000], [1, 1, 3, 3]);
    const [value] = evaluate([g.conv(picture, kernel, g.constant([0.5], [1]))]);
    expect([...value!.data]).toEqual([4321.5, 402.5, 43.5, 4.5]);
  });

  it('shuffles channels c b^2 to blocks, in ONNX order CRD', () => {
    const [value] = evaluate([g.depthToSpace(g.constant([1, 2, 3, 4, 5, 6, 7, 8], [1, 8, 1, 1]), 2)]);
    expect(value).toEqual({ data: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8), shape: [1, 2, 2, 2] });
  });

  it('takes the larger and the smaller of negative numbers', () => {
    const values = evaluate([g.max(g.scalar(-3), -2), g.min(g.scalar(3), 2)]);
    expect(values.map(({ data }) => data[0])).toEqual([-2, 2]);
  });

  it('gives several outputs, each node computed from the feeds by name', () => {
    const [x, y] = [g.input('x', [2]), g.input('y', [2])];
    const [sum, product] = evaluate([g.add(x, y), g.mul(x, y)], { x: [1, 2], y: [3, 4] });
    expect([[...sum!.data], [...product!.data]]).toEqual([
      [4, 6],
      [3, 8],
    ]);
  });

  it('names the input whose values are missing or too few', () => {
    const y = g.relu(g.input('photo', [3]));
    expect(() => evaluate([y])).toThrow('Expected 3 values for photo but received none');
    expect(() => evaluate([y], { photo: [1, 2] })).toThrow('Expected 3 values for photo but received 2');
  });
});
