import { expect, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import { decodeGraph } from '../../src-main/onnx/decode';
import { encodeModel } from '../../src-main/onnx/encode';
import { onnx } from '../../src-main/onnx/proto';

// Whether the numbers are the same, op by op, is tested beside the runtimes, in graph/everyOp.

it('a graph that was written and read is the same graph', () => {
  const x = g.input('x', [1, 4, 'h', 'w']);
  const kernel = g.constant(Float32Array.from({ length: 36 }, Math.sin), [4, 1, 3, 3]);
  const y = g.conv(g.pad(x, [1, 1, 1, 1], 'edge'), kernel, undefined, [0, 0, 0, 0]);
  const outputs = {
    y: g.depthToSpace(g.relu(y), 2),
    same: x,
    turned: g.flip(g.reshape(kernel, [2, 2, 3, 3])),
    open: g.reshape(x, [2, 2, 'h', 'w']),
    sums: g.reduceSum(kernel, [], true),
  };
  const again = decodeGraph(encodeModel(outputs));
  expect(again).toEqual(outputs);
  expect(encodeModel(again)).toEqual(encodeModel(outputs));
});

it("other people's networks are refused", () => {
  const model = onnx.ModelProto.decode(encodeModel({ y: g.relu(g.input('x', [2])) }));
  model.producerName = 'pytorch';
  expect(() => decodeGraph(onnx.ModelProto.encode(model).finish())).toThrow('Only networks of Pixel Tailor');
});
