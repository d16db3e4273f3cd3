import { convKernelGradient, convPictureGradient } from './convGradients';
import {
  add, constant, div, expand, fusedMatmul, greater, make, matmul, mul, padAxis, reduceSum,
  reshape, scalar, slice, swapLast, transpose, where, window,
} from './build'; // prettier-ignore
import { numeric, sizeOf, topological, type Node, type NodeOf, type OpName, type Shape } from './ops';

/** Given a node and dL/d(node), gives dL/d(input) for each input; null where there is none (conditions). */
type Rule<O extends OpName> = (node: NodeOf<O>, dy: Node, self: Node) => readonly (Node | null)[];

/** Sums dy over the axes along which `shape` was broadcast. */
function unbroadcast(dy: Node, shape: Shape): Node {
  const lead = dy.shape.length - shape.length;
  const axes = dy.shape.flatMap((d, i) => (i < lead || (shape[i - lead] === 1 && d !== 1) ? [i] : []));
  return axes.length === 0 ? dy : reshape(reduceSum(dy, axes), shape);
}

/** For the two inputs of a broadcasting op: the gradients before they are summed to the inputs' shapes. */
const binary = (node: { inputs: readonly Node[] }, ...grads: readonly Node[]): Node[] =>
  grads.map((g, i) => unbroadcast(g, node.inputs[i]!.shape));

/** Max and Min pass dy to the larger (smaller) input; ties go to the second. */
const select = (node: { inputs: readonly Node[] }, dy: Node, takesFirst: Node): Node[] =>
  binary(node, where(takesFirst, dy, scalar(0)), where(takesFirst, scalar(0), dy));

/** [n, before + n + after]: row i marks the padded places that repeat element i. */
function edgeMatrix(n: number, before: number, after: number): Node {
  const size = before + n + after;
  const marks = new Float32Array(n * size);
  for (let i = 0; i < size; i++) marks[Math.min(Math.max(i - before, 0), n - 1) * size + i] = 1;
  return constant(marks, [n, size]);
}

/** One rule an op, each gradient graph again; an op without a rule does not compile. */
const rules: { [O in OpName]: Rule<O> } = {
  Input: () => [],
  Constant: () => [],
  Native: ({ attrs: { opType } }) => {
    throw new Error(`${opType} has no gradient: graphs are derived before they are encoded for a runtime`);
  },
  Add: (n, dy) => binary(n, dy, dy),
  Sub: (n, dy) => binary(n, dy, mul(dy, -1)),
  Mul: (n, dy) => binary(n, mul(dy, n.inputs[1]!), mul(dy, n.inputs[0]!)),
  Div: (n, dy, y) => binary(n, div(dy, n.inputs[1]!), mul(div(mul(dy, y), n.inputs[1]!), -1)),
  Max: (n, dy) => select(n, dy, greater(n.inputs[0]!, n.inputs[1]!)),
  Min: (n, dy) => select(n, dy, greater(n.inputs[1]!, n.inputs[0]!)),
  // The sign from two comparisons: WebGPU has no Sign, and |x| has slope 0 at 0.
  Abs: ({ inputs: [x] }, dy) => [where(greater(x!, 0), dy, where(greater(0, x!), mul(dy, -1), scalar(0)))],
  Sqrt: (_, dy, y) => [mul(div(dy, y), 0.5)],
  Relu: (_, dy, y) => [where(greater(y, 0), dy, scalar(0))],
  Greater: () => [null, null],
  Where: (n, dy) => [
    null,
    unbroadcast(where(n.inputs[0]!, dy, scalar(0)), n.inputs[1]!.shape),
    unbroadcast(where(n.inputs[0]!, scalar(0), dy), n.inputs[2]!.shape),
  ],
  Conv: (n, dy) => {
    const [x, w, b] = n.inputs;
    const grads = [convPictureGradient(n, dy), convKernelGradient(x!, w!, dy, n.attrs)];
    return b ? [...grads, reduceSum(dy, [0, 2, 3])] : grads;
  },
  MatMul: ({ inputs: [a, b] }, dy) => [
    unbroadcast(matmul(dy, swapLast(b!)), a!.shape),
    unbroadcast(matmul(swapLast(a!), dy), b!.shape),
  ],
  FusedMatMul: ({ inputs: [a, b], attrs: { transA, transB } }, dy) => [
    unbroadcast(transA ? fusedMatmul(b!, dy, transB, true) : fusedMatmul(dy, b!, false, !transB), a!.shape),
    unbroadcast(transB ? fusedMatmul(dy, a!, true, transA) : fusedMatmul(a!, dy, !transA, false), b!.shape),
  ],
  Transpose: ({ attrs: { perm } }, dy) => [
    transpose(
      dy,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ],
  Reshape: ({ inputs: [x] }, dy) => [reshape(dy, x!.shape)],
  Expand: ({ inputs: [x] }, dy) => [unbroadcast(dy, x!.shape)],
  Slice: ({ inputs: [x], attrs: { axes, starts, ends, steps } }, dy) => {
    const turned = axes.every((axis, i) => steps[i] === -1 && starts[i] === (x!.shape[axis] as number) - 1);
    if (turned) return [make('Slice', [dy], { axes, starts, ends, steps })];
    if (steps.some((step) => step !== 1))
      throw new Error('Slice: no gradient for steps other than 1 and a full flip');
    return [
      axes.reduce((g, axis, i) => padAxis(g, axis, starts[i]!, (x!.shape[axis] as number) - ends[i]!), dy),
    ];
  },
  Concat: ({ inputs, attrs: { axis } }, dy) => {
    let start = 0;
    return inputs.map((x) => {
      const end = start + (x.shape[axis] as number);
      const part = slice(dy, axis, start, end);
      start = end;
      return part;
    });
  },
  Pad: ({ inputs: [x], attrs: { pads, mode } }, dy) => {
    const [h, w] = numeric(x!.shape.slice(-2)) as [number, number];
    const [top, left, bottom, right] = pads;
    if (mode === 'constant') return [window(dy, top, left, h, w)];
    // Edge padding is A x B with constant 0/1 matrices, so its gradient is A^T dy B^T.
    return [matmul(matmul(edgeMatrix(h, top, bottom), dy), swapLast(edgeMatrix(w, left, right)))];
  },
  ReduceSum: ({ inputs: [x], attrs: { axes } }, dy) => {
    const kept = x!.shape.map((d, i) => (axes.includes(i) ? 1 : d));
    return [expand(reshape(dy, kept), x!.shape)];
  },
  DepthToSpace: ({ inputs: [x], attrs: { blocksize: b } }, dy) => {
    const [n, c, h, w] = numeric(x!.shape) as [number, number, number, number];
    const blocks = reshape(dy, [n, c / b ** 2, h, b, w, b]);
    return [reshape(transpose(blocks, [0, 1, 3, 5, 2, 4]), x!.shape)];
  },
};

/**
 * Reverse-mode gradients of a scalar: dL/d(wrt[i]) as graph, each of wrt[i]'s shape. Nodes that do not lead to
 * any of `wrt` get no gradient, so a frozen branch costs nothing. Throws where the loss does not depend on one.
 */
export function gradients(loss: Node, wrt: readonly Node[]): Node[] {
  if (sizeOf(loss.shape) !== 1)
    throw new Error(`Expected a scalar loss but received [${loss.shape.join(', ')}]`);
  const order = topological([loss]);
  const leads = new Set<Node>(wrt);
  for (const node of order) if (node.inputs.some((x) => leads.has(x))) leads.add(node);
  const grads = new Map<Node, Node>([[loss, constant([1], loss.shape)]]);
  const targets = new Set(wrt);
  for (const node of order.reverse()) {
    const dy = grads.get(node);
    if (!dy || (targets.has(node) && !node.inputs.some((x) => leads.has(x)))) continue;
    const parts = applyRule(node, dy);
    node.inputs.forEach((x, i) => {
      const part = parts[i];
      if (!part || !leads.has(x)) return;
      const sum = grads.get(x);
      grads.set(x, sum ? add(sum, part) : part);
    });
  }
  return wrt.map((node) => {
    const grad = grads.get(node);
    if (!grad)
      throw new Error(`The loss does not depend on a ${node.op} of shape [${node.shape.join(', ')}]`);
    return grad;
  });
}

function applyRule<O extends OpName>(node: NodeOf<O>, dy: Node): readonly (Node | null)[] {
  return rules[node.op](node, dy, node as unknown as Node);
}
