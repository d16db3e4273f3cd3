import type { ComputedOp, Node, NodeOf, Shape } from '../graph/ops';

/** How one of our nodes looks in ONNX: attributes, and the small tensors that ONNX wants as extra inputs. */
export interface Encoding {
  attributes?: Record<string, number | string | readonly number[]>;
  /** Appended to the inputs as int64 initializers. */
  int64?: readonly (readonly number[])[];
  domain?: string;
  /** The name that ONNX has for it, where it is not ours. */
  opType?: string;
}

export const opset = { main: 17, microsoft: 1 };
/** Who says to have made our models. */
export const producer = 'pixel-tailor';
export const microsoftDomain = 'com.microsoft';
/** Of onnxruntime's own kernels for channels in blocks. */
export const nchwcDomain = 'com.microsoft.nchwc';

/** ONNX has no exclusive end before the first element for negative steps: any number below -size will do. */
const beforeFirst = -(2 ** 31);

/** In Reshape 0 would copy a dimension and -1 is worked out, which is what a symbol needs. */
const reshapeDims = (shape: Shape): number[] => shape.map((d) => (typeof d === 'number' ? d : -1));

const plain = (): Encoding => ({});

const encodings: { [O in ComputedOp | 'Native']: (node: NodeOf<O>) => Encoding } = {
  Add: plain,
  Sub: plain,
  Mul: plain,
  Div: plain,
  Max: plain,
  Min: plain,
  Abs: plain,
  Sqrt: plain,
  Relu: plain,
  Greater: plain,
  Where: plain,
  Conv: ({ inputs, attrs: { pads, group } }) => ({
    attributes: { kernel_shape: inputs[1]!.shape.slice(-2) as number[], pads, group },
  }),
  MatMul: plain,
  FusedMatMul: ({ attrs: { transA, transB } }) => ({
    attributes: { transA: Number(transA), transB: Number(transB) },
    domain: microsoftDomain,
  }),
  Transpose: ({ attrs: { perm } }) => ({ attributes: { perm } }),
  Reshape: ({ attrs: { shape } }) => ({ int64: [reshapeDims(shape)] }),
  Expand: ({ attrs: { shape } }) => ({ int64: [shape as number[]] }),
  Slice: ({ attrs: { axes, starts, ends, steps } }) => ({
    int64: [starts, ends.map((end, i) => (steps[i]! < 0 && end < 0 ? beforeFirst : end)), axes, steps],
  }),
  Concat: ({ attrs: { axis } }) => ({ attributes: { axis } }),
  Pad: ({
    inputs,
    attrs: {
      pads: [top, left, bottom, right],
      mode,
    },
  }) => {
    const zeros = Array<number>(inputs[0]!.shape.length - 2).fill(0);
    return { attributes: { mode }, int64: [[...zeros, top, left, ...zeros, bottom, right]] };
  },
  ReduceSum: ({ attrs: { axes, keepdims } }) => ({
    // ONNX would take an empty list of axes as all of them.
    attributes: { keepdims: Number(keepdims), noop_with_empty_axes: 1 },
    int64: [axes],
  }),
  DepthToSpace: ({ attrs: { blocksize } }) => ({ attributes: { blocksize, mode: 'CRD' } }),
  Native: ({ attrs: { opType, domain, attributes } }) => ({ opType, domain, attributes }),
};

export function encodingOf(node: Node): Encoding {
  if (node.op === 'Input' || node.op === 'Constant') throw new Error(`${node.op} is no ONNX node`);
  return (encodings[node.op] as (node: Node) => Encoding)(node);
}
