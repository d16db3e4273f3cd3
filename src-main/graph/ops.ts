/** The tensor graph: immutable nodes with ONNX op names, one output each, every shape known when a node is made. */

export type DType = 'float32' | 'bool';

/** A dimension is a number, or a symbol ("h", "h+4", "2*h") in networks whose picture size is left open. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Of an op without attributes. */
type None = Readonly<Record<string, never>>;

/** Attributes of every op. ONNX passes some of them as tensors (Reshape, Slice, ...); `onnx/opset` knows which. */
export interface OpAttrs {
  Input: { name: string };
  Constant: { data: Float32Array };
  Add: None;
  Sub: None;
  Mul: None;
  Div: None;
  Max: None;
  Min: None;
  Abs: None;
  Sqrt: None;
  Relu: None;
  Greater: None;
  Where: None;
  /** Stride 1. `pads` is [top, left, bottom, right]; `group` is 1 or, for a depthwise kernel [C, 1, k, k], C. */
  Conv: { pads: readonly [number, number, number, number]; group: number };
  MatMul: None;
  /** com.microsoft: MatMul with either operand's last two axes swapped; the CPU provider has it, WebGPU has not. */
  FusedMatMul: { transA: boolean; transB: boolean };
  Transpose: { perm: readonly number[] };
  Reshape: { shape: Shape };
  Expand: { shape: Shape };
  Slice: {
    axes: readonly number[];
    starts: readonly number[];
    ends: readonly number[];
    steps: readonly number[];
  };
  Concat: { axis: number };
  /** Around the last two axes, [top, left, bottom, right]: zeros, or the border pixels repeated ("edge"). */
  Pad: { pads: readonly [number, number, number, number]; mode: 'constant' | 'edge' };
  ReduceSum: { axes: readonly number[]; keepdims: boolean };
  /** Pixel shuffle (ONNX mode CRD): [n, c b^2, h, w] -> [n, c, h b, w b]. */
  DepthToSpace: { blocksize: number };
  /** An op of one runtime only; put in last, when a graph is encoded for it: nothing here can compute or derive it. */
  Native: {
    opType: string;
    domain: string;
    attributes: Readonly<Record<string, number | string | readonly number[]>>;
    shape: Shape;
  };
}

export type OpName = keyof OpAttrs;
/** Those that are computed from other nodes, in any runtime. */
export type ComputedOp = Exclude<OpName, 'Input' | 'Constant' | 'Native'>;

export interface NodeOf<O extends OpName> {
  readonly op: O;
  readonly inputs: readonly Node[];
  readonly attrs: Readonly<OpAttrs[O]>;
  readonly shape: Shape;
  readonly dtype: DType;
}

export type Node = { [O in OpName]: NodeOf<O> }[OpName];

/** Number of elements of a shape without symbols. */
export function sizeOf(shape: Shape): number {
  return numeric(shape).reduce((a, b) => a * b, 1);
}

/** The shape as numbers; a symbol is an error, since only inference networks may hold one. */
export function numeric(shape: Shape): number[] {
  return shape.map((d) => {
    if (typeof d !== 'number') throw new Error(`Expected a fixed shape but received [${shape.join(', ')}]`);
    return d;
  });
}

/** All nodes that the outputs need, inputs before users. */
export function topological(outputs: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack = [...outputs].reverse().map((node) => ({ node, expanded: false }));
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, expanded } = top;
    if (expanded) {
      order.push(node);
    } else if (!seen.has(node)) {
      seen.add(node);
      stack.push({ node, expanded: true });
      for (const input of [...node.inputs].reverse())
        if (!seen.has(input)) stack.push({ node: input, expanded: false });
    }
  }
  return order;
}
