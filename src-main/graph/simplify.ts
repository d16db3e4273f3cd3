import { constant, make } from './build';
import { evaluate } from './evaluate';
import { numeric, type Node, type NodeOf, type OpName } from './ops';
import { rewrite } from './rewrite';

/**
 * The same results by fewer nodes: constants are folded (in double precision), equal nodes shared, identities
 * dropped. Nodes that no output needs are left behind.
 */
export function simplify<K extends string>(outputs: Readonly<Record<K, Node>>): Record<K, Node> {
  const shared = new Map<string, Node>();
  const ids = new Map<Node, number>();
  return rewrite(outputs, (node) => {
    const simpler = identity(fold(node));
    const key = keyOf(simpler, ids);
    const same = shared.get(key) ?? simpler;
    shared.set(key, same);
    if (!ids.has(same)) ids.set(same, ids.size);
    return same;
  });
}

function fold(node: Node): Node {
  if (node.inputs.length === 0 || node.dtype !== 'float32') return node;
  if (!node.inputs.every((x) => x.op === 'Constant')) return node;
  // Expand makes a big constant out of a small one: cheaper to leave to the runtime.
  if (node.op === 'Expand') return node;
  return constant(Float32Array.from(evaluate([node])[0]!.data), node.shape);
}

const isConstant = (node: Node | undefined, value: number): boolean =>
  node?.op === 'Constant' && node.attrs.data.length === 1 && node.attrs.data[0] === value;

const sameShape = (a: Node, b: Node): boolean => a.shape.join() === b.shape.join();

/** Ops that change nothing, by op; undefined where there is nothing to drop. */
const identities: { [O in OpName]?: (node: NodeOf<O>) => Node | undefined } = {
  Add: ({ inputs: [a, b] }) => (isConstant(a, 0) ? b : isConstant(b, 0) ? a : undefined),
  Sub: ({ inputs: [a, b] }) => (isConstant(b, 0) ? a : undefined),
  Mul: ({ inputs: [a, b] }) => (isConstant(a, 1) ? b : isConstant(b, 1) ? a : undefined),
  Div: ({ inputs: [a, b] }) => (isConstant(b, 1) ? a : undefined),
  Relu: ({ inputs: [x] }) => (x!.op === 'Relu' ? x : undefined),
  Reshape: (node) => {
    const [x] = node.inputs;
    return x!.op === 'Reshape' ? make('Reshape', x.inputs, node.attrs) : x;
  },
  Expand: ({ inputs: [x] }) => x,
  Transpose: ({ inputs: [x], attrs: { perm } }) => {
    if (perm.every((axis, i) => axis === i)) return x;
    if (x!.op !== 'Transpose') return undefined;
    const inner = x.attrs.perm;
    return make('Transpose', x.inputs, { perm: perm.map((axis) => inner[axis]!) });
  },
  Slice: ({ inputs: [x], attrs: { steps } }) => (steps.every((s) => s === 1) ? x : undefined),
  Pad: ({ inputs: [x], attrs: { pads } }) => (pads.every((p) => p === 0) ? x : undefined),
  Concat: ({ inputs }) => (inputs.length === 1 ? inputs[0] : undefined),
};

function identity(node: Node): Node {
  const candidate = (identities[node.op] as ((node: Node) => Node | undefined) | undefined)?.(node);
  // What two joined into one may be dropped in turn: reshaped there and back.
  return candidate && sameShape(candidate, node) ? identity(candidate) : node;
}

/** Two nodes with the same key compute the same values. Big constants are compared by identity only. */
function keyOf(node: Node, ids: ReadonlyMap<Node, number>): string {
  const inputs = node.inputs.map((x) => ids.get(x)!).join();
  if (node.op !== 'Constant') return `${node.op}(${inputs})${JSON.stringify(node.attrs)}${node.shape.join()}`;
  const { data } = node.attrs;
  return data.length <= 64
    ? `Constant${numeric(node.shape).join()}:${data.join()}`
    : `#${ids.get(node) ?? ids.size}`;
}
