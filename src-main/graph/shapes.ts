import type { Dim, DType, Node, OpAttrs, OpName, Shape } from './ops';

/** What a rule sees: the inputs' shapes and the attributes. */
type ShapeRule<O extends OpName> = (shapes: readonly Shape[], attrs: OpAttrs[O]) => Shape;

class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

function fail(expected: string, ...shapes: readonly Shape[]): never {
  throw new ShapeError(
    `Expected ${expected} but received ${shapes.map((s) => `[${s.join(', ')}]`).join(' and ')}`,
  );
}

const sameDim = (a: Dim, b: Dim): boolean => a === b;

/** Numpy broadcasting of two shapes. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x === 1) return y;
    if (y === 1 || sameDim(x, y)) return x;
    return fail('shapes that broadcast', a, b);
  });
}

const first: ShapeRule<OpName> = ([x]) => x!;
const elementwise: ShapeRule<OpName> = (shapes) => shapes.reduce((a, b) => broadcast(a, b));

/** A dimension that loses `n`; a symbol can lose only what it was padded by. */
function shrink(dim: Dim, n: number, shape: Shape): Dim {
  if (typeof dim === 'number') return dim > n ? dim - n : fail('a picture that the kernel fits in', shape);
  if (n === 0) return dim;
  const suffix = `+${n}`;
  return dim.endsWith(suffix) ? dim.slice(0, -suffix.length) : fail('an open size padded by as much', shape);
}

/** An open size can be padded, and lose the same again by a convolution: "h" -> "h+4" -> "h". */
function padded(dim: Dim, n: number): Dim {
  if (typeof dim === 'number' || n === 0) return typeof dim === 'number' ? dim + n : dim;
  return `${dim}+${n}`;
}

function times(dim: Dim, n: number): Dim {
  if (typeof dim === 'number') return dim * n;
  return dim.includes('+') ? `${n}*(${dim})` : `${n}*${dim}`;
}

const conv: ShapeRule<'Conv'> = ([x, w, b], { pads, group }) => {
  if (!x || !w || x.length !== 4 || w.length !== 4) return fail('rank-4 input and kernel', x ?? [], w ?? []);
  const [n, c, h, width] = x as [Dim, Dim, Dim, Dim];
  const [out, perGroup, kh, kw] = w as [number, number, number, number];
  if (group !== 1 && (group !== c || group !== out || perGroup !== 1))
    return fail('a dense or depthwise kernel', x, w);
  if (perGroup * group !== c) return fail('as many kernel input channels as the picture has', x, w);
  if (b && (b.length !== 1 || b[0] !== out)) return fail('one bias an output channel', b, w);
  const [top, left, bottom, right] = pads;
  return [n, out, shrink(h, kh - 1 - top - bottom, x), shrink(width, kw - 1 - left - right, x)];
};

const matmul =
  (transA: boolean, transB: boolean) =>
  ([a, b]: readonly Shape[]): Shape => {
    if (!a || !b || a.length < 2 || b.length < 2) return fail('matrices', a ?? [], b ?? []);
    const [m, k] = transA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
    const [k2, n] = transB ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!];
    if (!sameDim(k, k2)) return fail('matching inner dimensions', a, b);
    return [...broadcast(a.slice(0, -2), b.slice(0, -2)), m, n];
  };

/** One shape rule an op; an op without a rule does not compile. */
const rules: { [O in OpName]: ShapeRule<O> } = {
  Input: () => fail('an input to be given its shape'),
  Constant: () => fail('a constant to be given its shape'),
  Add: elementwise,
  Sub: elementwise,
  Mul: elementwise,
  Div: elementwise,
  Max: elementwise,
  Min: elementwise,
  Abs: first,
  Sqrt: first,
  Relu: first,
  Greater: elementwise,
  Where: elementwise,
  Conv: conv,
  MatMul: matmul(false, false),
  FusedMatMul: (shapes, { transA, transB }) => matmul(transA, transB)(shapes),
  Transpose: ([x], { perm }) => {
    if (x!.length !== perm.length || !x!.every((_, axis) => perm.includes(axis)))
      return fail('a permutation of all axes', x!, perm);
    return perm.map((axis) => x![axis]!);
  },
  Reshape: ([x], { shape }) => {
    const count = (s: Shape) => s.reduce<number>((a, d) => (typeof d === 'number' ? a * d : a), 1);
    const symbols = (s: Shape) => s.filter((d) => typeof d === 'string').join();
    return count(x!) === count(shape) && symbols(x!) === symbols(shape)
      ? shape
      : fail('the same number of elements', x!, shape);
  },
  Expand: ([x], { shape }) => {
    const out = broadcast(x!, shape);
    return out.every((d, i) => d === shape[i]) ? shape : fail('a shape to expand to', x!, shape);
  },
  Slice: ([x], { axes, starts, ends, steps }) => {
    const out = [...x!];
    axes.forEach((axis, i) => {
      const size = out[axis];
      if (typeof size !== 'number') return fail('a fixed axis to slice', x!);
      const [start, end, step] = [starts[i]!, ends[i]!, steps[i]!];
      const inside = step > 0 ? start >= 0 && end <= size : start < size && end >= -1;
      if (step === 0 || !inside) return fail(`a slice ${start}:${end}:${step} inside axis ${axis}`, x!);
      out[axis] = Math.max(0, Math.ceil((end - start) / step));
    });
    return out;
  },
  Concat: (shapes, { axis }) => {
    const out = [...shapes[0]!];
    out[axis] = shapes.reduce((sum, s) => {
      const d = s[axis];
      const fits = s.length === out.length && s.every((dim, i) => i === axis || dim === out[i]);
      if (typeof d !== 'number' || !fits)
        return fail(`shapes that differ along axis ${axis} only`, ...shapes);
      return sum + d;
    }, 0);
    return out;
  },
  Pad: ([x], { pads: [top, left, bottom, right] }) => {
    if (x!.length < 2) return fail('a picture to pad', x!);
    const [h, w] = x!.slice(-2) as [Dim, Dim];
    return [...x!.slice(0, -2), padded(h, top + bottom), padded(w, left + right)];
  },
  ReduceSum: ([x], { axes, keepdims }) => {
    if (axes.some((axis) => !(axis in x!))) return fail(`the axes ${axes.join(', ')} to sum over`, x!);
    return keepdims ? x!.map((d, i) => (axes.includes(i) ? 1 : d)) : x!.filter((_, i) => !axes.includes(i));
  },
  DepthToSpace: ([x], { blocksize }) => {
    const [n, c, h, w] = x as [Dim, number, Dim, Dim];
    if (x!.length !== 4 || c % blocksize ** 2 !== 0)
      return fail(`channels in multiples of ${blocksize ** 2}`, x!);
    return [n, c / blocksize ** 2, times(h, blocksize), times(w, blocksize)];
  },
  Native: (_, { shape }) => shape,
};

/** The shape that `op` gives; throws with the op's name and the shapes received when they do not fit. */
export function inferShape<O extends OpName>(op: O, inputs: readonly Node[], attrs: OpAttrs[O]): Shape {
  try {
    return rules[op](
      inputs.map((node) => node.shape),
      attrs,
    );
  } catch (error) {
    if (error instanceof ShapeError) throw new ShapeError(`${op}: ${error.message}`);
    throw error;
  }
}

export function inferType(op: OpName): DType {
  return op === 'Greater' ? 'bool' : 'float32';
}
