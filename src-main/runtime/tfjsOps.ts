import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { numeric, type ComputedOp, type Node, type NodeOf, type OpName } from '../graph/ops';

/** TensorFlow.js on any backend: its own in JavaScript, or the TensorFlow library. */
export type Tfjs = typeof import('@tensorflow/tfjs-core');

type Rule<O extends OpName> = (tf: Tfjs, inputs: readonly Tensor[], node: NodeOf<O>) => Tensor;

const unary =
  (name: 'abs' | 'sqrt' | 'relu'): Rule<OpName> =>
  (tf, [x]) =>
    tf[name](x!);

const binary =
  (name: 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'greater'): Rule<OpName> =>
  (tf, [a, b]) =>
    tf[name](a!, b!);

const matmul =
  (transA: boolean, transB: boolean): Rule<OpName> =>
  (tf, [a, b]) => {
    const lead = (x: Tensor): number[] => x.shape.slice(0, -2);
    const batches = tf.broadcast_util.assertAndGetBroadcastShape(lead(a!), lead(b!));
    // One matrix for all batches is understood everywhere; other broadcasting only by TensorFlow itself.
    const spread = (x: Tensor): Tensor =>
      x.rank === 2 || lead(x).join() === batches.join()
        ? x
        : tf.broadcastTo(x, [...batches, ...x.shape.slice(-2)]);
    return tf.matMul(spread(a!), spread(b!), transA, transB);
  };

/**
 * Pictures stay in our layout, NCHW, which is CUDA's own for dense convolutions; only depthwise ones have to be turned to NHWC
 * and back, the one layout that TensorFlow.js passes on for them.
 */
const conv: Rule<'Conv'> = (tf, [x, w, bias], { attrs: { pads, group } }) => {
  const [top, left, bottom, right] = pads;
  const none: [number, number] = [0, 0];
  const [rows, columns]: [number, number][] = [[top, bottom], [left, right]]; // prettier-ignore
  const turned = (t: Tensor, perm: number[]): Tensor4D => tf.transpose(t as Tensor4D, perm);
  const y =
    group === 1
      ? tf.conv2d(x as Tensor4D, turned(w!, [2, 3, 1, 0]), 1, [none, none, rows!, columns!], 'NCHW')
      : turned(
          tf.depthwiseConv2d(turned(x!, [0, 2, 3, 1]), turned(w!, [2, 3, 0, 1]), 1, [
            none,
            rows!,
            columns!,
            none,
          ]),
          [0, 3, 1, 2],
        );
  return bias ? tf.add(y, tf.reshape(bias, [-1, 1, 1])) : y;
};

/** Along one axis, the first and the last element repeated. */
function repeatEdges(tf: Tfjs, x: Tensor, axis: number, before: number, after: number): Tensor {
  const size = x.shape[axis]!;
  const source = Array.from({ length: before + size + after }, (_, i) =>
    Math.min(Math.max(i - before, 0), size - 1),
  );
  return tf.gather(x, tf.tensor1d(source, 'int32'), axis);
}

/** One rule an op, composed where TensorFlow.js lacks it; an op without a rule does not compile. */
const rules: { [O in ComputedOp | 'Constant']: Rule<O> } = {
  Constant: (tf, _, { shape, attrs: { data } }) => tf.tensor(data, numeric(shape)),
  Add: binary('add'),
  Sub: binary('sub'),
  Mul: binary('mul'),
  Div: binary('div'),
  Max: binary('maximum'),
  Min: binary('minimum'),
  Abs: unary('abs'),
  Sqrt: unary('sqrt'),
  Relu: unary('relu'),
  Greater: binary('greater'),
  Where: (tf, [condition, a, b]) => tf.where(condition!, a!, b!),
  Conv: conv,
  MatMul: matmul(false, false),
  FusedMatMul: (tf, inputs, node) => matmul(node.attrs.transA, node.attrs.transB)(tf, inputs, node),
  Transpose: (tf, [x], { attrs: { perm } }) => tf.transpose(x!, [...perm]),
  Reshape: (tf, [x], { shape }) => tf.reshape(x!, shape.map((d) => (typeof d === 'number' ? d : -1))), // prettier-ignore
  Expand: (tf, [x], { shape }) => tf.broadcastTo(x!, numeric(shape)),
  Slice: (tf, [x], { attrs: { axes, starts, ends, steps } }) => {
    const [begin, end, stride] = [x!.shape.map(() => 0), [...x!.shape], x!.shape.map(() => 1)];
    let beforeFirst = 0;
    axes.forEach((axis, i) => {
      [begin[axis], end[axis], stride[axis]] = [starts[i]!, ends[i]!, steps[i]!];
      // Where a flip ends, before the first element, -1 would mean the last one.
      if (ends[i]! < 0) beforeFirst |= 1 << axis;
    });
    return tf.stridedSlice(x!, begin, end, stride, 0, beforeFirst);
  },
  Concat: (tf, inputs, { attrs: { axis } }) => tf.concat([...inputs], axis),
  Pad: (tf, [x], { attrs }) => {
    const [top, left, bottom, right] = attrs.pads;
    const [rows, columns] = [x!.rank - 2, x!.rank - 1];
    if (attrs.mode === 'edge')
      return repeatEdges(tf, repeatEdges(tf, x!, rows, top, bottom), columns, left, right);
    const around = x!.shape.map((_, axis): [number, number] =>
      axis === rows ? [top, bottom] : axis === columns ? [left, right] : [0, 0],
    );
    return tf.pad(x!, around);
  },
  ReduceSum: (tf, [x], { attrs: { axes, keepdims } }) => tf.sum(x!, [...axes], keepdims),
  DepthToSpace: (tf, [x], { attrs: { blocksize: b } }) => {
    const [n, c, h, w] = x!.shape as [number, number, number, number];
    const blocks = tf.reshape(x!, [n, c / b ** 2, b, b, h, w]);
    return tf.reshape(tf.transpose(blocks, [0, 1, 4, 2, 5, 3]), [n, c / b ** 2, h * b, w * b]);
  },
};

/** The value of any node but an Input, as a tensor that the caller has to dispose of; nothing else is left behind. */
export function computeNode(tf: Tfjs, node: Node, inputs: readonly Tensor[]): Tensor {
  if (node.op === 'Input') throw new Error(`${node.attrs.name} is given, not computed`);
  if (node.op === 'Native') throw new Error(`${node.attrs.opType} is of another runtime`);
  return tf.tidy(() => (rules[node.op] as Rule<OpName>)(tf, inputs, node));
}
