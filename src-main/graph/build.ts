import { inferShape, inferType } from './shapes';
import { sizeOf, type Node, type OpAttrs, type OpName, type Shape } from './ops';

/** Makes a node of any op; the named constructors below are what code reads best with. Throws on shapes that do not fit. */
export function make<O extends OpName>(op: O, inputs: readonly Node[], attrs: OpAttrs[O]): Node {
  // The cast joins op and attrs again: TypeScript cannot see that a generic O keeps them together.
  return { op, inputs, attrs, shape: inferShape(op, inputs, attrs), dtype: inferType(op) } as Node;
}

export function input(name: string, shape: Shape): Node {
  return { op: 'Input', inputs: [], attrs: { name }, shape, dtype: 'float32' };
}

export function constant(data: Float32Array | readonly number[], shape: Shape): Node {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  if (values.length !== sizeOf(shape))
    throw new Error(
      `Constant: expected ${sizeOf(shape)} values for [${shape.join(', ')}] but received ${values.length}`,
    );
  return { op: 'Constant', inputs: [], attrs: { data: values }, shape, dtype: 'float32' };
}

export const scalar = (value: number): Node => constant([value], []);

/** Numbers stand for scalar constants wherever a node may stand. */
export type Operand = Node | number;
const node = (x: Operand): Node => (typeof x === 'number' ? scalar(x) : x);

export const add = (a: Operand, b: Operand): Node => make('Add', [node(a), node(b)], {});
export const sub = (a: Operand, b: Operand): Node => make('Sub', [node(a), node(b)], {});
export const mul = (a: Operand, b: Operand): Node => make('Mul', [node(a), node(b)], {});
export const div = (a: Operand, b: Operand): Node => make('Div', [node(a), node(b)], {});
export const max = (a: Operand, b: Operand): Node => make('Max', [node(a), node(b)], {});
export const min = (a: Operand, b: Operand): Node => make('Min', [node(a), node(b)], {});
export const abs = (x: Node): Node => make('Abs', [x], {});
export const sqrt = (x: Node): Node => make('Sqrt', [x], {});
/** A second one would change nothing, but cost its gradient another pass. */
export const relu = (x: Node): Node => (x.op === 'Relu' ? x : make('Relu', [x], {}));
export const greater = (a: Operand, b: Operand): Node => make('Greater', [node(a), node(b)], {});
export const where = (condition: Node, a: Operand, b: Operand): Node =>
  make('Where', [condition, node(a), node(b)], {});

/**
 * Stride-1 convolution. x [n, c, h, w], kernel [o, c, k, k] or depthwise [c, 1, k, k], bias [o].
 * `pads` defaults to "same".
 */
export function conv(x: Node, kernel: Node, bias?: Node, pads?: OpAttrs['Conv']['pads']): Node {
  const [out, perGroup, kh, kw] = kernel.shape as readonly [number, number, number, number];
  const group = perGroup === 1 && x.shape[1] !== 1 ? out : 1;
  const [top, left] = [(kh - 1) >> 1, (kw - 1) >> 1];
  const same = [top, left, kh - 1 - top, kw - 1 - left] as const;
  return make('Conv', bias ? [x, kernel, bias] : [x, kernel], { pads: pads ?? same, group });
}

export const matmul = (a: Node, b: Node): Node => make('MatMul', [a, b], {});
export const fusedMatmul = (a: Node, b: Node, transA: boolean, transB: boolean): Node =>
  make('FusedMatMul', [a, b], { transA, transB });
export const transpose = (x: Node, perm: readonly number[]): Node => make('Transpose', [x], { perm });
/** The last two axes exchanged: a matrix transposed. */
export const swapLast = (x: Node): Node => {
  const axes = x.shape.map((_, i) => i);
  return transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
};
export const reshape = (x: Node, shape: Shape): Node => make('Reshape', [x], { shape });
export const expand = (x: Node, shape: Shape): Node => make('Expand', [x], { shape });
export const concat = (xs: readonly Node[], axis: number): Node => make('Concat', xs, { axis });
export const pad = (x: Node, pads: OpAttrs['Pad']['pads'], mode: OpAttrs['Pad']['mode'] = 'constant'): Node =>
  make('Pad', [x], { pads, mode });
export const reduceSum = (x: Node, axes: readonly number[], keepdims = false): Node =>
  make('ReduceSum', [x], { axes, keepdims });
export const depthToSpace = (x: Node, blocksize: number): Node => make('DepthToSpace', [x], { blocksize });

/** Zeros of a shape, to be joined to something; none where it is empty. */
export const zeros = (shape: Shape): Node[] =>
  shape.includes(0) ? [] : [expand(constant([0], Array<number>(shape.length).fill(1)), shape)];

/** Zero padding along one axis, as a concatenation (Pad takes picture axes only). */
export function padAxis(x: Node, axis: number, before: number, after: number): Node {
  const like = (length: number): Node[] => zeros(x.shape.map((d, i) => (i === axis ? length : d)));
  return concat([...like(before), x, ...like(after)], axis);
}

/** x[start:end] along one axis. */
export const slice = (x: Node, axis: number, start: number, end: number): Node =>
  make('Slice', [x], { axes: [axis], starts: [start], ends: [end], steps: [1] });

/** The picture window [top, top + h) x [left, left + w) of the last two axes. */
export function window(x: Node, top: number, left: number, h: number, w: number): Node {
  const rank = x.shape.length;
  return make('Slice', [x], {
    axes: [rank - 2, rank - 1],
    starts: [top, left],
    ends: [top + h, left + w],
    steps: [1, 1],
  });
}

/** Both picture axes reversed: a kernel turned by 180 degrees. */
export function flip(x: Node): Node {
  const rank = x.shape.length;
  const [h, w] = x.shape.slice(-2) as [number, number];
  const attrs = { axes: [rank - 2, rank - 1], starts: [h - 1, w - 1], ends: [-1, -1], steps: [-1, -1] };
  return make('Slice', [x], attrs);
}

/** Mean of all elements, a scalar. */
export function mean(x: Node): Node {
  const axes = x.shape.map((_, i) => i);
  return mul(reduceSum(x, axes), 1 / sizeOf(x.shape));
}
