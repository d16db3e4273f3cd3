import { onnx, type schema } from './proto';
import { assert } from '../base/errors';
import { topological, type DType, type Node, type Shape } from '../graph/ops';
import { encodingOf, microsoftDomain, nchwcDomain, opset, producer } from './opset';

const elementType = { float32: onnx.TensorProto.DataType.FLOAT, bool: onnx.TensorProto.DataType.BOOL };

/** A picture's open size is written as a named dimension. */
export function valueInfo(name: string, shape: Shape, dtype: DType = 'float32'): schema.IValueInfoProto {
  const dim = shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: elementType[dtype], shape: { dim } } } };
}

function bytesOf(data: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

export function attribute(name: string, value: number | string | readonly number[]): schema.IAttributeProto {
  const { AttributeType } = onnx.AttributeProto;
  if (typeof value === 'string')
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

/**
 * Encodes a graph as ONNX model bytes. `outputs` maps the names of the results to their nodes; every Input node
 * that they need becomes an input, and no output may bear the name of another node's input. `metadata` is stored as
 * the model's own key-value pairs. Names that start with ~ are taken.
 */
export function encodeModel(
  outputs: Readonly<Record<string, Node>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const names = new Map<Node, string>();
  const initializer: schema.ITensorProto[] = [];
  const integers = new Map<string, string>();
  const inputs: schema.IValueInfoProto[] = [];
  const nodes: schema.INodeProto[] = [];

  const int64 = (values: readonly number[]): string => {
    const key = values.join();
    const known = integers.get(key);
    if (known) return known;
    const name = `~i${integers.size}`;
    integers.set(key, name);
    const rawData = bytesOf(BigInt64Array.from(values, (v) => BigInt(v)));
    initializer.push({ name, dataType: onnx.TensorProto.DataType.INT64, dims: [values.length], rawData });
    return name;
  };

  const order = topological(Object.values(outputs));
  // An output that is itself an input, or is asked for twice, still needs a node of its own name.
  for (const [name, node] of Object.entries(outputs))
    if (node.op !== 'Input' && node.op !== 'Constant' && !names.has(node)) names.set(node, name);

  for (const node of order) {
    if (node.op === 'Input') {
      const namesake = outputs[node.attrs.name];
      assert(!namesake || namesake === node, `${node.attrs.name} names both an input and an output`);
      names.set(node, node.attrs.name);
      inputs.push(valueInfo(node.attrs.name, node.shape, node.dtype));
      continue;
    }
    const name = names.get(node) ?? `~${names.size}`;
    names.set(node, name);
    if (node.op === 'Constant') {
      const dims = node.shape as number[];
      initializer.push({ name, dataType: elementType.float32, dims, rawData: bytesOf(node.attrs.data) });
      continue;
    }
    const { attributes = {}, int64: extra = [], domain = '', opType = node.op } = encodingOf(node);
    nodes.push({
      name: `${node.op}_${name}`,
      opType,
      domain,
      input: [...node.inputs.map((x) => names.get(x)!), ...extra.map(int64)],
      output: [name],
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    });
  }
  for (const [name, node] of Object.entries(outputs))
    if (names.get(node) !== name)
      nodes.push({ opType: 'Identity', input: [names.get(node)!], output: [name] });

  return onnx.ModelProto.encode({
    irVersion: 8,
    producerName: producer,
    opsetImport: [
      { domain: '', version: opset.main },
      { domain: microsoftDomain, version: opset.microsoft },
      ...(nodes.some(({ domain }) => domain === nchwcDomain) ? [{ domain: nchwcDomain, version: 1 }] : []),
    ],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: producer,
      node: nodes,
      initializer,
      input: inputs,
      output: Object.entries(outputs).map(([name, node]) => valueInfo(name, node.shape, node.dtype)),
    },
  }).finish();
}
