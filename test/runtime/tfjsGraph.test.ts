import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import type { Node } from '../../src-main/graph/ops';
import { TfjsGraph } from '../../src-main/runtime/tfjsGraph';
import '../support/tfjs';

// What each op gives is tested beside the other runtimes, in graph/everyOp; a whole step in train/tfjsStep.

const of = (...values: number[]) => ({ data: Float32Array.from(values), dims: [values.length] });
const x = g.input('x', [2]);

describe('TfjsGraph', () => {
  let before = 0;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  it('runs again and again with new feeds, and keeps earlier results as they were', async () => {
    const graph = new TfjsGraph(tf, { double: g.mul(x, 2), same: x });
    const feed = of(1, 2);
    const first = await graph.run({ x: feed });
    feed.data.fill(7);
    expect(await graph.run({ x: of(3, 4) })).toEqual({ double: of(6, 8), same: of(3, 4) });
    expect(first).toEqual({ double: of(2, 4), same: of(1, 2) });
    graph.release();
  });

  it('leaves nothing behind but its constants, and those only until it is released', async () => {
    const graph = new TfjsGraph(tf, {
      y: g.pad(g.add(g.reshape(g.mul(x, 2), [1, 2]), 3), [1, 1, 1, 1], 'edge'),
    });
    for (let i = 0; i < 20; i++) await graph.run({ x: of(i, 1) });
    expect(tf.memory().numTensors).toBe(before + 2);
    graph.release();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves nothing behind where a run fails', async () => {
    const graph = new TfjsGraph(tf, { y: g.add(g.mul(x, x), g.input('z', [2])) });
    await expect(graph.run({ x: of(1, 2) })).rejects.toThrow('no values for the input z');
    await expect(graph.run({ x: of(1, 2), z: of(1, 2, 3) })).rejects.toThrow('broadcast');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('frees what nobody needs any more on the way', async () => {
    let most = 0;
    const watched = {
      ...tf,
      add: (a: tf.Tensor, b: tf.Tensor) => {
        most = Math.max(most, tf.memory().numTensors - before);
        return tf.add(a, b);
      },
    } as typeof tf;
    let chain: Node = x;
    for (let i = 0; i < 100; i++) chain = g.add(chain, x);
    expect(await new TfjsGraph(watched, { chain }).run({ x: of(1, 2) })).toEqual({ chain: of(101, 202) });
    expect(most).toBeLessThan(4);
  });
});
