import { attribute, valueInfo } from './encode';
import { graphsOf, type Layout, type PictureNetwork } from './foreign';
import { onnx, type schema } from './proto';

/** How a network wants its pictures: order of the dimensions, and the value of white. */
export interface Reading {
  layout: Layout;
  range: 1 | 255;
}

/**
 * Makes anybody's network one of our interface: input "lr" [1, 3, h, w] of open size, RGB 0..1, output "sr" alike. What
 * it computes stays as it is; nodes are only added before and behind it.
 */
export function adaptForeign(
  bytes: Uint8Array,
  { input, output }: PictureNetwork,
  { layout, range }: Reading,
): Uint8Array {
  const model = onnx.ModelProto.decode(bytes);
  const graph = model.graph!;
  const inner = (name: string): string => (name === 'lr' || name === 'sr' ? `~${name}` : name);
  for (const part of graphsOf(graph)) renameTensors(part, inner);
  const last = layout === 'NHWC';
  const before = [...(range === 255 ? [times(255)] : []), ...(last ? [transpose([0, 2, 3, 1])] : [])];
  const after = [...(last ? [transpose([0, 3, 1, 2])] : []), ...(range === 255 ? [times(1 / 255)] : [])];
  graph.node = [
    ...connect('lr', inner(input), before),
    ...(graph.node ?? []),
    ...connect(inner(output), 'sr', after),
  ];
  const others = (graph.input ?? []).filter(({ name }) => name !== inner(input));
  graph.input = [valueInfo('lr', [1, 3, 'h', 'w']), ...others];
  graph.output = [valueInfo('sr', [1, 3, 'H', 'W'])];
  // They may tell of the size that the file was made with.
  graph.valueInfo = [];
  return onnx.ModelProto.encode(model).finish();
}

function renameTensors(graph: schema.IGraphProto, rename: (name: string) => string): void {
  const named = [...(graph.input ?? []), ...(graph.output ?? []), ...(graph.initializer ?? [])];
  for (const value of named) value.name = rename(value.name ?? '');
  for (const { values } of graph.sparseInitializer ?? []) if (values) values.name = rename(values.name ?? '');
  for (const node of graph.node ?? []) {
    node.input = (node.input ?? []).map(rename);
    node.output = (node.output ?? []).map(rename);
  }
}

type Step = (from: string, to: string) => schema.INodeProto[];

const pass: Step = (from, to) => [{ opType: 'Identity', input: [from], output: [to] }];

const transpose =
  (perm: readonly number[]): Step =>
  (from, to) => [{ opType: 'Transpose', input: [from], output: [to], attribute: [attribute('perm', perm)] }];

const times =
  (factor: number): Step =>
  (from, to) => {
    const name = `${to}~factor`;
    const t = { dataType: onnx.TensorProto.DataType.FLOAT, dims: [], floatData: [factor] };
    const value = { name: 'value', type: onnx.AttributeProto.AttributeType.TENSOR, t };
    return [
      { opType: 'Constant', output: [name], attribute: [value] },
      { opType: 'Mul', input: [from, name], output: [to] },
    ];
  };

/** The steps behind one another, from one tensor to another. */
function connect(from: string, to: string, steps: readonly Step[]): schema.INodeProto[] {
  const all = steps.length > 0 ? steps : [pass];
  const names = [from, ...all.slice(1).map((_, i) => `~${to}${i}`), to];
  return all.flatMap((step, i) => step(names[i]!, names[i + 1]!));
}
