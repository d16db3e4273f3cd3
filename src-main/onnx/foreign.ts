import { UserError } from '../base/errors';
import { onnx, type schema } from './proto';

// What can be told of anybody's network without running it. Nothing of it is trusted: it comes from a stranger.

/** Order of a picture's dimensions: channels before or behind height and width. */
export type Layout = 'NCHW' | 'NHWC';

/** The one picture that goes in and the first result that comes out. */
export interface PictureNetwork {
  input: string;
  output: string;
  /** Those that the declared shape allows. */
  layouts: Layout[];
  /** "64x64" where the file names a size of its own. */
  fixedSize: string | undefined;
}

/** Why a file is not imported, with the way out. */
export const notImported = (path: string, reason: string): UserError =>
  new UserError(`${path} cannot be imported: ${reason}`);

/**
 * Reads what a network takes and gives. UserError where it needs other files, operators that are not in the standard, or
 * anything but one float picture of three channels.
 */
export function inspectForeign(path: string, model: schema.ModelProto): PictureNetwork {
  const graph = model.graph!;
  for (const part of graphsOf(graph)) {
    if (tensorsOf(part).some(isExternal))
      throw notImported(path, 'it keeps its weights in another file. Export it with the weights inside.');
    const domain = (part.node ?? []).map((node) => node.domain ?? '').find((name) => !standard.has(name));
    if (domain !== undefined)
      throw notImported(
        path,
        `it uses operators of ${domain}. Export it with operators of the ONNX standard only.`,
      );
  }
  if (model.functions.length > 0)
    throw notImported(path, 'it defines operators of its own. Export it with the functions inlined.');

  const defaults = new Set((graph.initializer ?? []).map(({ name }) => name));
  const inputs = (graph.input ?? []).filter(({ name }) => !defaults.has(name));
  const [picture] = inputs;
  if (!picture || inputs.length > 1) {
    const names = inputs.map(({ name }) => name).join(', ');
    throw notImported(path, `it takes ${inputs.length} inputs (${names}), not one picture.`);
  }
  const output = graph.output?.[0]?.name;
  if (!output) throw notImported(path, 'it has no output.');
  return { input: picture.name ?? '', output, ...readShape(path, picture) };
}

const standard: ReadonlySet<string> = new Set(['', 'ai.onnx']);

function readShape(
  path: string,
  { type }: schema.IValueInfoProto,
): Pick<PictureNetwork, 'layouts' | 'fixedSize'> {
  const dims = type?.tensorType?.shape?.dim?.map(({ dimValue }) => Number(dimValue ?? 0));
  if (type?.tensorType?.elemType !== onnx.TensorProto.DataType.FLOAT || dims?.length !== 4)
    throw notImported(path, 'its input is not a picture of 32-bit floats with the shape [1, 3, h, w].');
  const [batch, first, second, last] = dims as [number, number, number, number];
  if (!open(batch) && batch !== 1) throw notImported(path, `it takes ${batch} pictures at a time, not one.`);
  const layouts: Layout[] = [];
  if (first === 3 || (open(first) && last !== 3)) layouts.push('NCHW');
  if (last === 3 || (open(last) && open(first))) layouts.push('NHWC');
  if (layouts.length === 0) {
    const channels = open(last) ? first : Math.min(first, last);
    throw notImported(path, `it takes pictures of ${channels} channels, not of the three of RGB.`);
  }
  const [height, width] = layouts[0] === 'NCHW' ? [second, last] : [first, second];
  return { layouts, fixedSize: open(height) || open(width) ? undefined : `${width}x${height}` };
}

/** Exporters write 0 or -1 for what is open, where they write anything. */
const open = (dim: number): boolean => dim <= 0;

/** A graph and those inside its loops and branches. */
export function graphsOf(graph: schema.IGraphProto): schema.IGraphProto[] {
  const attributes = (graph.node ?? []).flatMap((node) => node.attribute ?? []);
  const inner = attributes.flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]);
  return [graph, ...inner.flatMap(graphsOf)];
}

/** All constant tensors of one graph. */
function tensorsOf(graph: schema.IGraphProto): schema.ITensorProto[] {
  const attributes = (graph.node ?? []).flatMap((node) => node.attribute ?? []);
  const sparse = [
    ...(graph.sparseInitializer ?? []),
    ...attributes.flatMap(({ sparseTensor, sparseTensors }) => [
      ...(sparseTensor ? [sparseTensor] : []),
      ...(sparseTensors ?? []),
    ]),
  ];
  return [
    ...(graph.initializer ?? []),
    ...attributes.flatMap(({ t, tensors }) => [...(t ? [t] : []), ...(tensors ?? [])]),
    ...sparse.flatMap(({ values, indices }) => [...(values ? [values] : []), ...(indices ? [indices] : [])]),
  ];
}

const isExternal = ({ dataLocation, externalData }: schema.ITensorProto): boolean =>
  dataLocation === onnx.TensorProto.DataLocation.EXTERNAL || (externalData ?? []).length > 0;
