import { input, make, reshape, transpose } from '../graph/build';
import { numeric, topological, type Node, type NodeOf, type OpName, type Shape } from '../graph/ops';
import { encodeModel } from '../onnx/encode';
import { nchwcDomain } from '../onnx/opset';
import { Session } from './session';

/** Ops that treat each element by itself: their operands may lie in any order, if it is the same. */
const elementwise: readonly OpName[] = [
  ...(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'] as const),
  ...(['Abs', 'Sqrt', 'Relu', 'Greater', 'Where'] as const),
];

/**
 * The same results with the channels of pictures in blocks: [n, c / block, h, w, block] in memory, whatever the shape of
 * the node says. onnxruntime's kernels for them are twice as fast as those for [n, c, h, w] (3x3, 32 channels: 140 GFLOPS on a
 * core instead of 72). It turns to them by itself where kernels are constant, as in a finished model; in training they
 * are not.
 */
export function blocked<K extends string>(
  outputs: Readonly<Record<K, Node>>,
  block: number,
): Record<K, Node> {
  /** The nodes made so far: in the order that they are computed in, and in the other one where somebody wants that. */
  const [plain, inBlocks] = [new Map<Node, Node>(), new Map<Node, Node>()];
  /** Those that are computed in blocks. */
  const natural = new Set<Node>();
  // Truth values cannot be reordered: they are computed in either order.
  const plainly = (node: Node): Node =>
    remembered(plain, node, () =>
      node.dtype === 'bool' ? remade(node, plainly) : reorderOutput(inBlocks.get(node)!),
    );
  const blockwise = (node: Node): Node =>
    remembered(inBlocks, node, () => {
      if (node.shape.length === 0) return plainly(node);
      return node.dtype === 'bool' ? remade(node, blockwise) : reorderInput(plain.get(node)!);
    });

  for (const node of topological(Object.values(outputs))) {
    const isConv = node.op === 'Conv' && fills(node, block);
    const isIn = isConv || (fitsElementwise(node) && node.inputs.some((x) => natural.has(x)));
    if (!isIn) {
      plain.set(node, remade(node, plainly));
      continue;
    }
    natural.add(node);
    inBlocks.set(node, isConv ? convInBlocks(node, block, plainly, blockwise) : remade(node, blockwise));
  }
  const entries = Object.entries<Node>(outputs).map(([name, node]) => [name, plainly(node)]);
  return Object.fromEntries(entries) as Record<K, Node>;
}

function remembered(known: Map<Node, Node>, node: Node, find: () => Node): Node {
  const found = known.get(node) ?? find();
  known.set(node, found);
  return found;
}

const remade = (node: Node, inputOf: (x: Node) => Node): Node =>
  node.inputs.length === 0 ? node : make(node.op, node.inputs.map(inputOf), node.attrs);

/** Pictures of one shape, and numbers. */
const fitsElementwise = ({ op, inputs, shape }: Node): boolean =>
  elementwise.includes(op) && inputs.every((x) => x.shape.length === 0 || x.shape.join() === shape.join());

/** Whether a convolution reads and writes whole blocks of channels. */
function fills({ inputs: [x, w], attrs: { group } }: NodeOf<'Conv'>, block: number): boolean {
  const [o, perGroup] = numeric(w!.shape) as [number, number];
  return o % block === 0 && (group === 1 ? perGroup % block === 0 : perGroup === 1 && x!.shape[1] === o);
}

const native = (
  opType: string,
  inputs: readonly Node[],
  attributes: Record<string, number | readonly number[]>,
  shape: Shape,
): Node => make('Native', inputs, { opType, domain: nchwcDomain, attributes, shape });

const reorderInput = (x: Node): Node => native('ReorderInput', [x], {}, x.shape);
const reorderOutput = (x: Node): Node =>
  native('ReorderOutput', [x], { channels: x.shape[1] as number }, x.shape);

function convInBlocks(
  { inputs: [x, w, bias], attrs: { pads, group }, shape }: NodeOf<'Conv'>,
  block: number,
  plainly: (x: Node) => Node,
  blockwise: (x: Node) => Node,
): Node {
  const inputs = [blockwise(x!), kernelInBlocks(plainly(w!), block), ...(bias ? [plainly(bias)] : [])];
  return native('Conv', inputs, { kernel_shape: numeric(w!.shape).slice(2), pads, group }, shape);
}

/** A kernel [o, c, kh, kw] as [o / block, c / block, kh, kw, block of c, block of o]; a depthwise one without c. */
function kernelInBlocks(w: Node, block: number): Node {
  const [o, c, kh, kw] = numeric(w.shape) as [number, number, number, number];
  const inner = c === 1 ? 1 : block;
  const split = reshape(w, [o / block, block, c / inner, inner, kh, kw]);
  return reshape(transpose(split, [0, 2, 4, 5, 3, 1]), w.shape);
}

/**
 * How many channels onnxruntime's CPU kernels keep together on this machine (8 with AVX2, 16 with AVX-512); undefined where
 * it has none.
 */
export const blockOfChannels = (): Promise<number | undefined> => (found ??= findBlock());
let found: Promise<number | undefined> | undefined;

async function findBlock(): Promise<number | undefined> {
  // Elsewhere not all builds have these kernels, and those that have not must not be asked.
  if (process.arch !== 'x64') return undefined;
  const shape = [1, 32, 1, 2];
  const x = { data: Float32Array.from({ length: 64 }, (_, i) => i), dims: shape };
  try {
    const session = await Session.create(encodeModel({ y: reorderInput(input('x', shape)) }), { threads: 1 });
    try {
      const { y } = await session.run({ x });
      // The second number of the first channel lies behind the first numbers of a block of channels.
      const block = y!.data.indexOf(1);
      return block > 1 ? block : undefined;
    } finally {
      await session.release();
    }
  } catch {
    return undefined;
  }
}
