import { input, make, reshape, transpose } from '../graph/build';
import { numeric, topological, type Node, type NodeOf, type OpName, type Shape } from '../graph/ops';
import { encodeModel } from '../onnx/encode';
import { nchwcDomain } from '../onnx/opset';
import { Session } from './session';

/** Ops that treat each element by itself: their operands may lie in any order, if it is the same. */
const elementwise = new Set<OpName>(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Abs', 'Sqrt', 'Relu', 'Greater', 'Where']); // prettier-ignore

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
  const orders = new Orders(block);
  for (const node of topological(Object.values(outputs))) orders.add(node);
  const entries = Object.entries<Node>(outputs).map(([name, node]) => [name, orders.plainly(node)]);
  return Object.fromEntries(entries) as Record<K, Node>;
}

/** Every node of a graph, in the order that it is computed in, and in the other one where somebody wants that. */
class Orders {
  private readonly plain = new Map<Node, Node>();
  private readonly inBlocks = new Map<Node, Node>();
  private readonly computedInBlocks = new Set<Node>();

  constructor(private readonly block: number) {}

  /** A node whose inputs have been added. */
  add(node: Node): void {
    if (node.op === 'Conv' && gains(node, this.block)) this.inBlocks.set(node, this.conv(node));
    else if (keepsOrder(node) && node.inputs.some((x) => this.computedInBlocks.has(x)))
      this.inBlocks.set(node, remade(node, this.blockwise));
    else this.plain.set(node, remade(node, this.plainly));
    if (this.inBlocks.has(node)) this.computedInBlocks.add(node);
  }

  readonly plainly = (node: Node): Node =>
    remembered(this.plain, node, () =>
      // Truth values cannot be reordered: they are computed in either order.
      node.dtype === 'bool' ? remade(node, this.plainly) : reorderOutput(this.inBlocks.get(node)!),
    );

  readonly blockwise = (node: Node): Node =>
    remembered(this.inBlocks, node, () => {
      if (node.shape.length === 0) return this.plainly(node);
      return node.dtype === 'bool' ? remade(node, this.blockwise) : reorderInput(this.plain.get(node)!);
    });

  private conv({ inputs: [x, w, bias], attrs: { pads, group }, shape }: NodeOf<'Conv'>): Node {
    const kernel = group === 1 ? kernelInBlocks(this.plainly(w!), this.block) : this.depthwiseKernel(w!);
    const inputs = [this.blockwise(x!), kernel, ...(bias ? [this.plainly(bias)] : [])];
    return native('Conv', inputs, { kernel_shape: numeric(w!.shape).slice(2), pads, group }, shape);
  }

  /** [o, 1, kh, kw] as [o / block, kh, kw, block]: as a picture of o channels lies in blocks. */
  private depthwiseKernel(w: Node): Node {
    const [picture] = w.inputs;
    const [o, , kh, kw] = numeric(w.shape) as [number, number, number, number];
    const shape = [1, o, kh, kw];
    // Where a gradient is the kernel, of photos that become one, it does so already.
    const isPicture =
      w.op === 'Reshape' && this.computedInBlocks.has(picture!) && joinsPhotos(picture!.shape, shape);
    const inBlocks = isPicture ? this.blockwise(picture!) : reorderInput(reshape(this.plainly(w), shape));
    return reshape(inBlocks, w.shape);
  }
}

function remembered(known: Map<Node, Node>, node: Node, find: () => Node): Node {
  const found = known.get(node) ?? find();
  known.set(node, found);
  return found;
}

const remade = (node: Node, inputOf: (x: Node) => Node): Node =>
  node.inputs.length === 0 ? node : make(node.op, node.inputs.map(inputOf), node.attrs);

/** Ops that may see pictures in either order: on pictures of one shape and numbers, or from many photos to one. */
const keepsOrder = ({ op, inputs, shape }: Node): boolean =>
  op === 'Reshape'
    ? joinsPhotos(inputs[0]!.shape, shape)
    : elementwise.has(op) &&
      inputs.every(
        (x) =>
          x.shape.length === 0 ||
          // Truth values are computed anew in the order of what they decide about.
          (x.shape.join() === shape.join() && (x.dtype !== 'bool' || keepsOrder(x))),
      );

/** [n, c, h, w] to [1, n c, h, w]. */
const joinsPhotos = (from: Shape, to: Shape): boolean =>
  from.length === 4 && to.length === 4 && to[0] === 1 && from.slice(2).join() === to.slice(2).join();

/** Whether a convolution reads and writes whole blocks of channels, and onnxruntime would not see to it by itself. */
function gains({ inputs: [x, w], attrs: { group } }: NodeOf<'Conv'>, block: number): boolean {
  if (w!.op === 'Constant') return false;
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

/** A kernel [o, c, kh, kw] as [o / block, c / block, kh, kw, block of c, block of o]. */
function kernelInBlocks(w: Node, block: number): Node {
  const [o, c, kh, kw] = numeric(w.shape) as [number, number, number, number];
  const split = reshape(w, [o / block, block, c / block, block, kh, kw]);
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
