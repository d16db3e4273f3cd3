import { expect } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { input, mul, reduceSum } from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { gradients } from '../../src-main/graph/gradients';
import { numeric, sizeOf, type Node } from '../../src-main/graph/ops';
import { Program } from '../../src-main/runtime/program';
import type { Provider } from '../../src-main/runtime/session';
import { tfRun, tfValueAndGrads, type TfFunction } from './tfjs';

/** One function over inputs of given shapes, written in our graph and in TensorFlow.js. */
export interface Example {
  shapes: readonly (readonly number[])[];
  build: (xs: readonly Node[]) => Node;
  tf: TfFunction;
  /** Inputs in [0.5, 1.5) instead of [-1, 1]: for roots and divisors. */
  positive?: boolean;
}

export type Feeds = Readonly<Record<string, Float32Array>>;

/**
 * Random values of the `i`-th input, on a grid of pitch 0.1 shifted by 0.023 (i + 1): none comes nearer than 0.02 to zero
 * or to a value of another input (up to three), so the kinks of Relu, Abs and Max stay away from finite differences.
 */
export function randomValues(count: number, seed: number, i: number, positive = false): Float32Array {
  const rng = new Rng(seed, i);
  const lowest = positive ? 0.5 : -1;
  const steps = positive ? 10 : 20;
  return Float32Array.from({ length: count }, () => lowest + 0.1 * rng.below(steps) + 0.023 * (i + 1));
}

/** Every value within `tolerance` of the largest magnitude expected (at least 1). */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(actual.length, `${what}: number of values`).toBe(expected.length);
  const unit = Array.from(expected).reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  const worst = Array.from(expected).reduce((most, x, i) => {
    const error = Math.abs(actual[i]! - x) / unit;
    return Number.isNaN(error) ? Infinity : Math.max(most, error);
  }, 0);
  expect(worst, `${what}: largest relative error`).toBeLessThanOrEqual(tolerance);
}

/** d loss / d feeds[name] by central differences in double precision. */
export function finiteDifferences(loss: Node, feeds: Feeds, name: string, step = 1e-5): Float64Array {
  const at = Float64Array.from(feeds[name]!);
  const lossAt = (i: number, x: number): number => {
    const before = at[i]!;
    at[i] = x;
    const [value] = evaluate([loss], { ...feeds, [name]: at });
    at[i] = before;
    return value!.data[0]!;
  };
  return at.map((x, i) => (lossAt(i, x + step) - lossAt(i, x - step)) / (2 * step));
}

/** The example's value and gradients as graph, with random inputs and a random cotangent `dy`. */
function differentiate({ shapes, build, positive = false }: Example, seed: number) {
  const xs = shapes.map((shape, i) => input(`x${i}`, shape));
  const values = shapes.map((shape, i) => randomValues(sizeOf(shape), seed, i, positive));
  const y = build(xs);
  const loss = reduceSum(
    mul(y, input('dy', y.shape)),
    y.shape.map((_, i) => i),
  );
  const feeds: Record<string, Float32Array> = { dy: randomValues(sizeOf(y.shape), seed, xs.length) };
  values.forEach((data, i) => (feeds[`x${i}`] = data));
  return { y, grads: gradients(loss, xs), loss, values, feeds };
}

const namedOutputs = (y: Node, grads: readonly Node[]): Record<string, Node> => ({
  y,
  ...Object.fromEntries(grads.map((grad, i) => [`grad${i}`, grad])),
});

/** Value and gradients on another provider = those of the double-precision interpreter. */
export async function checkOn(provider: Provider, example: Example, seed: number): Promise<void> {
  const { y, grads, feeds } = differentiate(example, seed);
  const outputs = namedOutputs(y, grads);
  const exact = evaluate(Object.values<Node>(outputs), feeds);
  const program = await Program.compile(outputs, { provider });
  const run = await program.run(feeds);
  await program.dispose();
  Object.keys(outputs).forEach((name, i) => {
    expectClose(run[name]!, exact[i]!.data, 1e-5, `${name} by ${provider}`);
  });
}

/**
 * The one oracle. Forward: onnxruntime = the double-precision interpreter = TensorFlow.js. Backward, for a random
 * cotangent: the gradient graph = central differences, both in double precision; the same graph in onnxruntime and walked
 * by TensorFlow.js, and TensorFlow's own gradients = the gradient graph.
 */
export async function checkExample(example: Example, seed: number): Promise<void> {
  const { shapes, tf } = example;
  const { y, grads, loss, values, feeds } = differentiate(example, seed);
  const outputs = namedOutputs(y, grads);
  const names = Object.keys(outputs);
  const exact = evaluate(Object.values<Node>(outputs), feeds);
  grads.forEach((grad, i) => {
    expect(grad.shape, `shape of gradient ${i}`).toEqual(shapes[i]);
    expectClose(
      exact[i + 1]!.data,
      finiteDifferences(loss, feeds, `x${i}`),
      1e-6,
      `gradient ${i} by differences`,
    );
  });

  const program = await Program.compile(outputs);
  const run: Record<string, Float32Array> = await program.run(feeds);
  await program.dispose();
  const walked = await tfRun(outputs, feeds);
  names.forEach((name, i) => {
    expectClose(run[name]!, exact[i]!.data, 1e-5, `${name} by onnxruntime`);
    expectClose(walked[name]!, exact[i]!.data, 1e-5, `${name} walked by TensorFlow.js`);
  });

  const theirs = tfValueAndGrads(tf, shapes, values, feeds['dy']);
  expect(theirs.shape).toEqual(numeric(y.shape));
  [theirs.value, ...theirs.grads].forEach((data, i) => {
    expectClose(data, exact[i]!.data, 1e-5, `${names[i]} by TensorFlow.js`);
  });
}
