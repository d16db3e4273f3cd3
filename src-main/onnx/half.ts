import { Float16Array } from '@petamoriken/float16';
import { assert } from '../base/errors';
import { onnx, type schema } from './proto';

const { FLOAT, FLOAT16 } = onnx.TensorProto.DataType;

/**
 * One of our networks with weights and arithmetic in float16; pictures go in and come out in float32 as before. Weights
 * beyond what float16 holds become infinite.
 */
export function toHalf(bytes: Uint8Array): Uint8Array {
  const model = onnx.ModelProto.decode(bytes);
  const graph = model.graph!;
  for (const tensor of graph.initializer ?? []) {
    if (tensor.dataType !== FLOAT) continue;
    const raw = Uint8Array.from(tensor.rawData ?? []);
    assert(raw.length > 0, 'our networks keep their weights as bytes');
    const half = Float16Array.from(new Float32Array(raw.buffer));
    tensor.dataType = FLOAT16;
    tensor.rawData = new Uint8Array(half.buffer, half.byteOffset, half.byteLength);
  }
  const inner = (name: string): string => `~half ${name}`;
  const ends = new Set([...(graph.input ?? []), ...(graph.output ?? [])].map(({ name }) => name));
  const rename = (name: string): string => (ends.has(name) ? inner(name) : name);
  for (const node of graph.node ?? []) {
    node.input = (node.input ?? []).map(rename);
    node.output = (node.output ?? []).map(rename);
  }
  graph.node = [
    ...(graph.input ?? []).map(({ name }) => cast(name!, inner(name!), FLOAT16)),
    ...(graph.node ?? []),
    ...(graph.output ?? []).map(({ name }) => cast(inner(name!), name!, FLOAT)),
  ];
  return onnx.ModelProto.encode(model).finish();
}

const cast = (from: string, to: string, type: number): schema.INodeProto => ({
  opType: 'Cast',
  input: [from],
  output: [to],
  attribute: [{ name: 'to', type: onnx.AttributeProto.AttributeType.INT, i: type }],
});
