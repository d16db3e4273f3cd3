import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { numeric, topological, type Node } from '../../src-main/graph/ops';
import { encodeModel } from '../../src-main/onnx/encode';
import { TfjsSession } from '../../src-main/runtime/tfjsSession';

// Its advice to install the native backend would stand above every test run.
tf.env().set('IS_TEST', true);

/** TensorFlow.js as an independent reference: our layouts (NCHW pictures, OIHW kernels) on its own operations. */

export type TfFunction = (xs: readonly tf.Tensor[]) => tf.Tensor;

export interface TfResult {
  value: Float32Array;
  shape: readonly number[];
  grads: Float32Array[];
}

/** The value of `f` and, for the cotangent `dy` (default: ones), its gradients with respect to every input. */
export function tfValueAndGrads(
  f: TfFunction,
  shapes: readonly (readonly number[])[],
  values: readonly Float32Array[],
  dy?: Float32Array,
): TfResult {
  const numbers = (tensor: tf.Tensor) => Float32Array.from(tensor.dataSync());
  tf.engine().startScope();
  try {
    const xs = values.map((data, i) => tf.tensor(data, [...shapes[i]!]));
    const y = f(xs);
    const cotangent = dy ? tf.tensor(dy, y.shape) : tf.ones(y.shape);
    const grads = tf.grads((...args: tf.Tensor[]) => f(args))(xs, cotangent);
    return { value: numbers(y), shape: y.shape, grads: grads.map(numbers) };
  } finally {
    tf.engine().endScope();
  }
}

/** The outputs of a graph by our walk over it, which must leave no tensor behind. */
export async function tfRun(
  outputs: Readonly<Record<string, Node>>,
  feeds: Readonly<Record<string, Float32Array>>,
): Promise<Record<string, Float32Array>> {
  const before = tf.memory().numTensors;
  const session = new TfjsSession(tf, encodeModel(outputs));
  const tensors = topological(Object.values(outputs)).flatMap(({ op, attrs, shape }) =>
    op === 'Input' ? [[attrs.name, { data: feeds[attrs.name]!, dims: numeric(shape) }] as const] : [],
  );
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data]));
}

const toNhwc = (x: tf.Tensor): tf.Tensor4D => tf.transpose(x as tf.Tensor4D, [0, 2, 3, 1]);
const toNchw = (x: tf.Tensor): tf.Tensor4D => tf.transpose(x as tf.Tensor4D, [0, 3, 1, 2]);

export type Pads = readonly [number, number, number, number];

/** Zeros around the last two axes: [top, left, bottom, right]. */
export function tfPad(x: tf.Tensor, [top, left, bottom, right]: Pads): tf.Tensor {
  const lead = Array.from({ length: x.rank - 2 }, (): [number, number] => [0, 0]);
  return tf.pad(x, [...lead, [top, bottom], [left, right]]);
}

/** The border pixels repeated around the last two axes. */
export function tfPadEdge(x: tf.Tensor, [top, left, bottom, right]: Pads): tf.Tensor {
  const repeat = (y: tf.Tensor, axis: number, before: number, after: number) => {
    const size = y.shape[axis]!;
    const from = Array.from({ length: before + size + after }, (_, i) => i - before);
    const indices = from.map((i) => Math.min(Math.max(i, 0), size - 1));
    return tf.gather(y, tf.tensor1d(indices, 'int32'), axis);
  };
  return repeat(repeat(x, x.rank - 2, top, bottom), x.rank - 1, left, right);
}

export function tfConv(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor | undefined, pads: Pads): tf.Tensor {
  const y = tf.conv2d(toNhwc(tfPad(x, pads)), tf.transpose(kernel as tf.Tensor4D, [2, 3, 1, 0]), 1, 'valid');
  return toNchw(bias ? tf.add(y, bias) : y);
}

export function tfDepthwise(
  x: tf.Tensor,
  kernel: tf.Tensor,
  bias: tf.Tensor | undefined,
  pads: Pads,
): tf.Tensor {
  const filter = tf.transpose(kernel as tf.Tensor4D, [2, 3, 0, 1]);
  const y = tf.depthwiseConv2d(toNhwc(tfPad(x, pads)), filter, 1, 'valid');
  return toNchw(bias ? tf.add(y, bias) : y);
}

/** Pixel shuffle in channel order [c, b, b]; TensorFlow's own is [b, b, c] and has no gradient. */
export function tfDepthToSpace(x: tf.Tensor, b: number): tf.Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const blocks = tf.reshape(x, [n, c / b ** 2, b, b, h, w]);
  return tf.reshape(tf.transpose(blocks, [0, 1, 4, 2, 5, 3]), [n, c / b ** 2, h * b, w * b]);
}

/** Matrix product over broadcast batches; TensorFlow's gradient wants the batches spread out beforehand. */
export function tfMatmul(a: tf.Tensor, b: tf.Tensor, transA = false, transB = false): tf.Tensor {
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const spread = (x: tf.Tensor) => tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
  return tf.matMul(spread(a), spread(b), transA, transB);
}

/** tf.minimum and tf.maximum, whose gradients want equal shapes. */
export function tfExtreme(f: typeof tf.minimum, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  return f(tf.broadcastTo(a, shape), tf.broadcastTo(b, shape));
}

/** The values without their history: TensorFlow knows no gradient of a comparison, not even that there is none. */
export const tfDetach = (x: tf.Tensor): tf.Tensor => tf.tensor(x.dataSync(), x.shape);
