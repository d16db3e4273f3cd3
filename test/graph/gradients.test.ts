import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { gradients } from '../../src-main/graph/gradients';
import { sizeOf, topological, type Node } from '../../src-main/graph/ops';
import { Program } from '../../src-main/runtime/program';
import { expectClose, finiteDifferences, randomValues } from '../support/gradcheck';
import { tfConv, tfDepthToSpace, tfDepthwise, tfValueAndGrads, type TfFunction } from '../support/tfjs';

const valuesOf = (outputs: readonly Node[], feeds: Record<string, Float32Array> = {}) =>
  evaluate(outputs, feeds).map(({ data }) => [...data]);
const sum = (x: Node) => g.reduceSum(x, [...x.shape.keys()]);

describe('gradients', () => {
  const x = g.input('x', [2]);
  const y = g.input('y', [2]);
  const feeds = { x: Float32Array.of(1, 2), y: Float32Array.of(3, 5) };

  it('add up over every use of a node', () => {
    const twice = g.mul(x, 2);
    const loss = sum(g.add(g.mul(twice, twice), g.add(twice, x)));
    expect(valuesOf(gradients(loss, [x, twice]), feeds)).toEqual([
      [8 + 3, 16 + 3],
      [4 + 1, 8 + 1],
    ]);
  });

  it('add up when one node is both inputs', () => {
    expect(valuesOf(gradients(sum(g.mul(x, x)), [x]), feeds)).toEqual([[2, 4]]);
  });

  it('of the loss itself is one', () => {
    const loss = sum(x);
    expect(valuesOf(gradients(loss, [loss]), feeds)).toEqual([[1]]);
  });

  it('of a node between the loss and another wanted node are given, and passed on', () => {
    const square = g.mul(x, x);
    expect(valuesOf(gradients(sum(g.mul(square, y)), [square, x, y]), feeds)).toEqual([
      [3, 5],
      [6, 20],
      [1, 4],
    ]);
  });

  it('cost nothing in branches without a wanted node', () => {
    const kernel = g.input('kernel', [4, 3, 3, 3]);
    const frozen = g.conv(g.input('photo', [1, 3, 8, 8]), kernel);
    const scale = g.input('scale', [4, 1, 1]);
    const [grad] = gradients(sum(g.mul(frozen, scale)), [scale]);
    const convolutions = topological([grad!]).filter(({ op }) => op === 'Conv');
    expect(convolutions).toEqual([frozen]);
    expect(topological([grad!]).some(({ op }) => op === 'FusedMatMul')).toBe(false);
  });

  it('do not reach the picture when only kernels are wanted', () => {
    const kernel = g.input('kernel', [4, 3, 3, 3]);
    const [grad] = gradients(sum(g.conv(g.input('photo', [1, 3, 8, 8]), kernel)), [kernel]);
    expect(topological([grad!]).some(({ op }) => op === 'Conv')).toBe(false);
  });

  it('are one after a long chain and a deep one alike', () => {
    let deep: Node = x;
    for (let i = 0; i < 20_000; i++) deep = g.add(deep, y);
    expect(valuesOf(gradients(sum(deep), [x]), feeds)).toEqual([[1, 1]]);
  });

  it('of a node that the loss does not depend on are an error', () => {
    expect(() => gradients(sum(x), [x, y])).toThrow('The loss does not depend on a Input of shape [2]');
  });

  it('of a node that only a condition depends on are an error', () => {
    expect(() => gradients(sum(g.where(g.greater(y, 0), x, 0)), [y])).toThrow('does not depend');
  });

  it('of anything but a scalar are an error', () => {
    expect(() => gradients(x, [x])).toThrow('Expected a scalar loss but received [2]');
  });

  it('of a slice with holes are an error', () => {
    const holes = g.make('Slice', [g.input('z', [5])], { axes: [0], starts: [0], ends: [5], steps: [2] });
    expect(() => gradients(sum(holes), [holes.inputs[0]!])).toThrow('no gradient for steps');
  });

  it('at kinks are those of one side: 0 for Relu and Abs, the second input for ties of Max and Min', () => {
    const at = { x: Float32Array.of(0, 0), y: Float32Array.of(0, 0) };
    expect(valuesOf(gradients(sum(g.relu(x)), [x]), at)).toEqual([[0, 0]]);
    expect(valuesOf(gradients(sum(g.abs(x)), [x]), at)).toEqual([[0, 0]]);
    expect(valuesOf(gradients(sum(g.max(x, y)), [x, y]), at)).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(valuesOf(gradients(sum(g.min(x, y)), [x, y]), at)).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it('are graph again: the second derivative of x^3 is 6 x', () => {
    const [first] = gradients(sum(g.mul(x, g.mul(x, x))), [x]);
    expect(valuesOf(gradients(sum(first!), [x]), feeds)).toEqual([[6, 12]]);
  });
});

describe('a small residual network with L1 loss', () => {
  const shapes = {
    photo: [2, 3, 6, 5],
    hr: [2, 3, 12, 10],
    w1: [8, 3, 3, 3],
    b1: [8],
    depth: [8, 1, 5, 5],
    w2: [3, 8, 3, 3],
    w3: [12, 3, 1, 1],
    b3: [12],
  };
  type Name = keyof typeof shapes;
  const names = Object.keys(shapes) as Name[];
  const nodes = Object.fromEntries(names.map((name) => [name, g.input(name, shapes[name])])) as Record<
    Name,
    Node
  >;
  const values = names.map((name, i) => randomValues(sizeOf(shapes[name]), 7, i).map((v) => v / 2));
  const feeds = Object.fromEntries(names.map((name, i) => [name, values[i]!]));

  const { photo, hr, w1, b1, depth, w2, w3, b3 } = nodes;
  const features = g.conv(g.relu(g.conv(photo, w1, b1)), depth);
  const residual = g.add(photo, g.conv(features, w2));
  const loss = g.mean(g.abs(g.sub(g.depthToSpace(g.conv(residual, w3, b3), 2), hr)));
  const grads = gradients(
    loss,
    names.map((name) => nodes[name]),
  );

  const theirs: TfFunction = (xs) => {
    const [photo, hr, w1, b1, depth, w2, w3, b3] = xs as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const features = tfDepthwise(
      tf.relu(tfConv(photo, w1, b1, [1, 1, 1, 1])),
      depth,
      undefined,
      [2, 2, 2, 2],
    );
    const residual = tf.add(photo, tfConv(features, w2, undefined, [1, 1, 1, 1]));
    return tf.mean(tf.abs(tf.sub(tfDepthToSpace(tfConv(residual, w3, b3, [0, 0, 0, 0]), 2), hr)));
  };

  it('has the loss and the gradients of TensorFlow.js, in onnxruntime too', async () => {
    const outputs = { loss, ...Object.fromEntries(grads.map((grad, i) => [`d_${names[i]}`, grad])) };
    const program = await Program.compile(outputs);
    const ours: Record<string, Float32Array> = await program.run(feeds);
    await program.dispose();
    const reference = tfValueAndGrads(
      theirs,
      names.map((name) => shapes[name]),
      values,
    );
    const exact = evaluate([loss, ...grads], feeds);
    Object.keys(outputs).forEach((name, i) => {
      const expected = [reference.value, ...reference.grads][i]!;
      const largest = Math.max(...expected.map(Math.abs));
      const unit = (data: ArrayLike<number>) => Array.from(data, (v) => v / largest);
      expectClose(unit(ours[name]!), unit(expected), 1e-4, name);
      expectClose(unit(exact[i]!.data), unit(expected), 1e-4, name);
    });
  });

  it('agrees with finite differences', () => {
    for (const name of ['b1', 'depth', 'b3'] as const) {
      const exact = evaluate([grads[names.indexOf(name)]!], feeds)[0]!;
      expectClose(exact.data, finiteDifferences(loss, feeds, name, 1e-7), 1e-6, name);
    }
  });
});

describe('one step of Adam', () => {
  it('is one run: loss, gradient and update', async () => {
    const [lr, hr] = [g.input('lr', [1, 1, 5, 5]), g.input('hr', [1, 1, 5, 5])];
    const [weights, m, v] = [g.input('weights', [10]), g.input('m', [10]), g.input('v', [10])];
    const rate = g.input('rate', []);
    const y = g.conv(lr, g.reshape(g.slice(weights, 0, 0, 9), [1, 1, 3, 3]), g.slice(weights, 0, 9, 10));
    const loss = g.mean(g.abs(g.sub(y, hr)));
    const [grad] = gradients(loss, [weights]);
    const m1 = g.add(g.mul(m, 0.9), g.mul(grad!, 0.1));
    const v1 = g.add(g.mul(v, 0.999), g.mul(g.mul(grad!, grad!), 0.001));
    const updated = g.sub(weights, g.div(g.mul(m1, rate), g.add(g.sqrt(v1), 1e-8)));
    const program = await Program.compile({ loss, grad: grad!, m1, v1, updated });

    const state = { weights: randomValues(10, 3, 0), m: new Float32Array(10), v: new Float32Array(10) };
    const data = { lr: randomValues(25, 3, 1), hr: randomValues(25, 3, 2) };
    const losses: number[] = [];
    for (let t = 1; t <= 60; t++) {
      const rate = Float32Array.of((0.05 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t));
      const result = await program.run({ ...data, ...state, rate });
      const expected = Array.from(state.weights, (w, i) => {
        const d = result.grad[i]!;
        const first = 0.9 * state.m[i]! + 0.1 * d;
        const second = 0.999 * state.v[i]! + 0.001 * d * d;
        return w - (rate[0]! * first) / (Math.sqrt(second) + 1e-8);
      });
      expectClose(result.updated, expected, 1e-5, `weights after step ${t}`);
      losses.push(result.loss[0]!);
      Object.assign(state, { weights: result.updated, m: result.m1, v: result.v1 });
    }
    await program.dispose();
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 1.5);
  });
});
