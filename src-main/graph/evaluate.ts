import { numeric, sizeOf, topological, type ComputedOp, type Node, type NodeOf, type OpName } from './ops';

/** Values in double precision, so that folding loses nothing and finite differences can be trusted. */
export interface Value {
  data: Float64Array;
  shape: readonly number[];
}

type Rule<O extends OpName> = (inputs: readonly Value[], node: NodeOf<O>) => Float64Array;

const strides = (shape: readonly number[]): number[] => {
  const out = Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) out[i] = out[i + 1]! * shape[i + 1]!;
  return out;
};

/** Fills `shape` by asking for the source offset of each element: sum of index * stride + start. */
function gather(
  source: Float64Array,
  shape: readonly number[],
  step: readonly number[],
  start = 0,
): Float64Array {
  const out = new Float64Array(shape.reduce((a, b) => a * b, 1));
  const index = shape.map(() => 0);
  let offset = start;
  for (let i = 0; i < out.length; i++) {
    out[i] = source[offset]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      offset += step[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      offset -= step[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/** A value spread to `shape` by numpy broadcasting. */
function spread({ data, shape }: Value, to: readonly number[]): Float64Array {
  const own = strides(shape);
  const lead = to.length - shape.length;
  const step = to.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : own[i - lead]!));
  return gather(data, to, step);
}

const elementwise =
  (f: (...xs: number[]) => number): Rule<OpName> =>
  (inputs, node) => {
    const shape = numeric(node.shape);
    const [a, b, c] = inputs.map((x) => spread(x, shape));
    return a!.map((x, i) => f(x, b?.[i] ?? 0, c?.[i] ?? 0));
  };

const matmul =
  (transA: boolean, transB: boolean): Rule<OpName> =>
  ([a, b], node) => {
    const shape = numeric(node.shape);
    const [m, n] = shape.slice(-2) as [number, number];
    const k = a!.shape.at(transA ? -2 : -1)!;
    const lead = shape.slice(0, -2);
    const left = spread(a!, [...lead, ...a!.shape.slice(-2)]);
    const right = spread(b!, [...lead, ...b!.shape.slice(-2)]);
    const out = new Float64Array(sizeOf(shape));
    for (let batch = 0; batch < out.length / (m * n); batch++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++)
            sum +=
              left[batch * m * k + (transA ? l * m + i : i * k + l)]! *
              right[batch * k * n + (transB ? j * k + l : l * n + j)]!;
          out[(batch * m + i) * n + j] = sum;
        }
    return out;
  };

const conv: Rule<'Conv'> = ([x, w, bias], { shape, attrs: { pads, group } }) => {
  const [n, o, oh, ow] = numeric(shape) as [number, number, number, number];
  const [, c, h, width] = x!.shape as [number, number, number, number];
  const [, perGroup, kh, kw] = w!.shape as [number, number, number, number];
  const out = new Float64Array(n * o * oh * ow);
  for (let p = 0; p < out.length; p++) {
    const col = p % ow;
    const row = Math.floor(p / ow) % oh;
    const channel = Math.floor(p / (ow * oh)) % o;
    const photo = Math.floor(p / (ow * oh * o));
    let sum = bias?.data[channel] ?? 0;
    for (let i = 0; i < perGroup; i++) {
      const source = photo * c + (group === 1 ? i : channel);
      for (let a = 0; a < kh; a++)
        for (let b = 0; b < kw; b++) {
          const [r, s] = [row + a - pads[0], col + b - pads[1]];
          if (r < 0 || s < 0 || r >= h || s >= width) continue;
          sum +=
            x!.data[(source * h + r) * width + s]! * w!.data[((channel * perGroup + i) * kh + a) * kw + b]!;
        }
    }
    out[p] = sum;
  }
  return out;
};

const rules: { [O in ComputedOp | 'Constant']: Rule<O> } = {
  Constant: (_, { attrs: { data } }) => Float64Array.from(data),
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b) => a / b),
  Max: elementwise((a, b) => Math.max(a, b)),
  Min: elementwise((a, b) => Math.min(a, b)),
  Abs: elementwise(Math.abs),
  Sqrt: elementwise(Math.sqrt),
  Relu: elementwise((x) => Math.max(x, 0)),
  Greater: elementwise((a, b) => Number(a > b)),
  Where: elementwise((condition, a, b) => (condition ? a : b)),
  Conv: conv,
  MatMul: matmul(false, false),
  FusedMatMul: (inputs, node) => matmul(node.attrs.transA, node.attrs.transB)(inputs, node),
  Transpose: ([x], { shape, attrs: { perm } }) => {
    const own = strides(x!.shape);
    return gather(x!.data, numeric(shape), perm.map((axis) => own[axis]!)); // prettier-ignore
  },
  Reshape: ([x]) => x!.data,
  Expand: ([x], { shape }) => spread(x!, numeric(shape)),
  Slice: ([x], { shape, attrs: { axes, starts, steps } }) => {
    const own = strides(x!.shape);
    const step = own.map((s, axis) => s * (axes.includes(axis) ? steps[axes.indexOf(axis)]! : 1));
    const start = axes.reduce((sum, axis, i) => sum + own[axis]! * starts[i]!, 0);
    return gather(x!.data, numeric(shape), step, start);
  },
  Concat: (inputs, { shape, attrs: { axis } }) => {
    const total = numeric(shape);
    const inner = total.slice(axis + 1).reduce((a, b) => a * b, 1);
    const out = new Float64Array(sizeOf(shape));
    let start = 0;
    for (const { data, shape: part } of inputs) {
      const run = part[axis]! * inner;
      for (let i = 0; i * run < data.length; i++)
        out.set(data.subarray(i * run, (i + 1) * run), i * total[axis]! * inner + start);
      start += run;
    }
    return out;
  },
  Pad: ([x], { shape, attrs: { pads, mode } }) => {
    const [h, w] = x!.shape.slice(-2) as [number, number];
    const [oh, ow] = shape.slice(-2) as [number, number];
    return new Float64Array(sizeOf(shape)).map((_, i) => {
      const [row, col] = [(Math.floor(i / ow) % oh) - pads[0], (i % ow) - pads[1]];
      const [r, c] = [Math.min(Math.max(row, 0), h - 1), Math.min(Math.max(col, 0), w - 1)];
      if (mode === 'constant' && (r !== row || c !== col)) return 0;
      return x!.data[(Math.floor(i / (ow * oh)) * h + r) * w + c]!;
    });
  },
  ReduceSum: ([x], { attrs: { axes } }) => {
    const kept = x!.shape.map((d, i) => (axes.includes(i) ? 1 : d));
    const own = strides(kept).map((s, i) => (axes.includes(i) ? 0 : s));
    const out = new Float64Array(kept.reduce((a, b) => a * b, 1));
    const target = gather(
      Float64Array.from(out, (_, i) => i),
      x!.shape,
      own,
    );
    x!.data.forEach((v, i) => (out[target[i]!]! += v));
    return out;
  },
  DepthToSpace: ([x], { attrs: { blocksize: b } }) => {
    const [n, c, h, w] = x!.shape as [number, number, number, number];
    const [sn, sc, sh, sw] = strides(x!.shape) as [number, number, number, number];
    return gather(x!.data, [n, c / b ** 2, h, b, w, b], [sn, sc * b ** 2, sh, sc * b, sw, sc]);
  },
};

/**
 * Runs a graph in plain JavaScript, in double precision: exact and slow. For folding constants and, in tests, as the
 * reference for every runtime. `feeds` gives each Input's values by name.
 */
export function evaluate(
  outputs: readonly Node[],
  feeds: Readonly<Record<string, ArrayLike<number>>> = {},
): Value[] {
  const values = new Map<Node, Value>();
  for (const node of topological(outputs)) {
    const shape = numeric(node.shape);
    values.set(node, { data: valueOf(node, node.inputs.map((x) => values.get(x)!), feeds), shape }); // prettier-ignore
  }
  return outputs.map((node) => values.get(node)!);
}

function valueOf(
  node: Node,
  inputs: readonly Value[],
  feeds: Readonly<Record<string, ArrayLike<number>>>,
): Float64Array {
  if (node.op === 'Native') throw new Error(`${node.attrs.opType} is of another runtime`);
  if (node.op !== 'Input') return (rules[node.op] as Rule<OpName>)(inputs, node);
  const fed = feeds[node.attrs.name];
  if (fed?.length !== sizeOf(node.shape))
    throw new Error(
      `Expected ${sizeOf(node.shape)} values for ${node.attrs.name} but received ${fed?.length ?? 'none'}`,
    );
  return Float64Array.from(fed);
}
