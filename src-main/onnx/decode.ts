import { input, constant, make } from '../graph/build';
import type { Dim, Node, OpAttrs, ComputedOp } from '../graph/ops';
import { producer } from './opset';
import { onnx, type schema } from './proto';

/** An ONNX node taken apart: its inputs that are nodes of ours, its attributes, and its small int64 tensors. */
interface Parts {
  inputs: readonly Node[];
  int64: readonly (readonly number[])[];
  int: (attribute: string) => number;
  ints: (attribute: string) => number[];
  text: (attribute: string) => string;
}

type Four = readonly [number, number, number, number];

const none = (): Record<string, never> => ({});

/** The reverse of the encodings in `opset`. */
const decodings: { [O in ComputedOp]: (parts: Parts) => OpAttrs[O] } = {
  Add: none,
  Sub: none,
  Mul: none,
  Div: none,
  Max: none,
  Min: none,
  Abs: none,
  Sqrt: none,
  Relu: none,
  Greater: none,
  Where: none,
  Conv: ({ int, ints }) => ({ pads: ints('pads') as unknown as Four, group: int('group') }),
  MatMul: none,
  FusedMatMul: ({ int }) => ({ transA: int('transA') === 1, transB: int('transB') === 1 }),
  Transpose: ({ ints }) => ({ perm: ints('perm') }),
  Reshape: ({ inputs: [x], int64: [dims] }) => {
    // -1 stands for an open size, which reshaping leaves as it is.
    const open = x!.shape.filter((d) => typeof d === 'string');
    return { shape: dims!.map((d): Dim => (d === -1 ? (open.shift() ?? -1) : d)) };
  },
  Expand: ({ int64: [shape] }) => ({ shape: shape! }),
  Slice: ({ int64: [starts, ends, axes, steps] }) => ({
    ...{ axes: axes!, starts: starts!, steps: steps! },
    ends: ends!.map((end) => Math.max(end, -1)),
  }),
  Concat: ({ int }) => ({ axis: int('axis') }),
  Pad: ({ int64: [around], text }) => {
    const rank = around!.length / 2;
    const pads = [rank - 2, rank - 1, 2 * rank - 2, 2 * rank - 1].map((i) => around![i]!);
    return { pads: pads as unknown as Four, mode: text('mode') === 'edge' ? 'edge' : 'constant' };
  },
  ReduceSum: ({ int64: [axes], int }) => ({ axes: axes!, keepdims: int('keepdims') === 1 }),
  DepthToSpace: ({ int }) => ({ blocksize: int('blocksize') }),
};

/** The graph that `encodeModel` has written: its outputs by name. Throws for other people's networks. */
export function decodeGraph(bytes: Uint8Array): Record<string, Node> {
  const { graph, producerName } = onnx.ModelProto.decode(bytes);
  if (!graph || producerName !== producer)
    throw new Error('Only networks of Pixel Tailor can be read as graphs');
  const nodes = new Map<string, Node>();
  const integers = new Map<string, readonly number[]>();
  for (const { name, type } of graph.input ?? []) {
    const dims = type?.tensorType?.shape?.dim ?? [];
    nodes.set(name!, input(name!, dims.map((d): Dim => d.dimParam || Number(d.dimValue)))); // prettier-ignore
  }
  for (const { name, dataType, dims, rawData } of graph.initializer ?? []) {
    // Copied, since numbers of several bytes must not start just anywhere.
    const { buffer } = Uint8Array.from(rawData ?? []);
    if (dataType === onnx.TensorProto.DataType.INT64)
      integers.set(name!, Array.from(new BigInt64Array(buffer), Number));
    else nodes.set(name!, constant(new Float32Array(buffer), (dims ?? []).map(Number)));
  }
  for (const node of graph.node ?? []) {
    const names = node.input ?? [];
    const inputs = names.flatMap((name) => nodes.get(name) ?? []);
    const int64 = names.flatMap((name) => (integers.has(name) ? [integers.get(name)!] : []));
    nodes.set(node.output![0]!, decodeNode(node, inputs, int64));
  }
  const outputs = (graph.output ?? []).map(({ name }) => [name!, nodes.get(name!)!] as const);
  return Object.fromEntries(outputs);
}

function decodeNode(
  { opType, attribute }: schema.INodeProto,
  inputs: readonly Node[],
  int64: Parts['int64'],
): Node {
  if (opType === 'Identity') return inputs[0]!;
  const op = opType as keyof typeof decodings;
  const named = (name: string): schema.IAttributeProto => attribute?.find((one) => one.name === name) ?? {};
  const attrs = decodings[op]({
    inputs,
    int64,
    int: (name) => Number(named(name).i ?? 0),
    ints: (name) => (named(name).ints ?? []).map(Number),
    text: (name) => new TextDecoder().decode(named(name).s ?? new Uint8Array()),
  });
  return make(op, inputs, attrs);
}
