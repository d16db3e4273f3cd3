import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as g from '../../src-main/graph/build';
import type { Node } from '../../src-main/graph/ops';
import { encodeModel } from '../../src-main/onnx/encode';
import { Loop } from '../../src-main/runtime/loop';
import { Session } from '../../src-main/runtime/session';
import { TfjsSession } from '../../src-main/runtime/tfjsSession';
import { plainNetwork } from '../../src-main/latency/networks';
import { randomPicture } from '../support/architectures';
import { expectClose } from '../support/gradcheck';
import '../support/tfjs';

// What each op gives is tested beside the other runtimes, in graph/everyOp; a whole training step in train/tfjsStep.

vi.mock('../../src-main/runtime/tensorflow', () => ({ tensorflow: () => tf }));

const of = (...values: number[]) => ({ data: Float32Array.from(values), dims: [values.length] });
const x = g.input('x', [2]);
const open = (outputs: Readonly<Record<string, Node>>, resident?: readonly string[]) =>
  new TfjsSession(tf, encodeModel(outputs), resident);

let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
});

describe('a session of TensorFlow.js', () => {
  it('runs again and again with new feeds, and keeps earlier results as they were', async () => {
    const session = open({ double: g.mul(x, 2), same: g.reshape(x, [2, 1]) });
    expect([session.inputNames, session.outputNames]).toEqual([['x'], ['double', 'same']]);
    const feed = of(1, 2);
    const first = await session.run({ x: feed });
    feed.data.fill(7);
    expect((await session.run({ x: of(3, 4) }))['double']).toEqual(of(6, 8));
    expect(first).toEqual({ double: of(2, 4), same: { ...of(1, 2), dims: [2, 1] } });
    await session.release();
  });

  it('takes pictures of any size, like a session of onnxruntime', async () => {
    const model = encodeModel({ sr: plainNetwork(4, 1).output });
    const sessions = [await Session.create(model), await Session.create(model, { provider: 'tensorflow' })];
    for (const [h, w] of [
      [7, 9],
      [12, 5],
    ] as const) {
      // prettier-ignore
      const feeds = { [sessions[0]!.inputNames[0]!]: { data: randomPicture(3 * h * w, h), dims: [1, 3, h, w] } };
      const [ort, ours] = await Promise.all(sessions.map(async (session) => session.run(feeds)));
      expect(ours!['sr']!.dims).toEqual(ort!['sr']!.dims);
      expectClose(ours!['sr']!.data, ort!['sr']!.data, 1e-5, `${h} x ${w}`);
    }
    for (const session of sessions) await session.release();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves nothing behind but its constants, and those only until it is released', async () => {
    const session = open({ y: g.pad(g.add(g.reshape(g.mul(x, 2), [1, 2]), 3), [1, 1, 1, 1], 'edge') });
    for (let i = 0; i < 20; i++) await session.run({ x: of(i, 1) });
    expect(tf.memory().numTensors).toBe(before + 2);
    await session.release();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves nothing behind where a run fails', async () => {
    const session = open({ y: g.add(g.mul(x, x), g.input('z', [2])) });
    await expect(session.run({ x: of(1, 2) })).rejects.toThrow('no values for the input z');
    await expect(session.run({ x: of(1, 2), z: of(1, 2, 3) })).rejects.toThrow('broadcast');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('frees on the way what nobody needs any more', async () => {
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
    const session = new TfjsSession(watched, encodeModel({ chain }));
    expect(await session.run({ x: of(1, 2) })).toEqual({ chain: of(101, 202) });
    expect(most).toBeLessThan(4);
  });
});

describe("a loop's state", () => {
  it('stays in tensors from run to run, and nothing else does', async () => {
    const w = g.input('w', [2]);
    const loop = await Loop.compile(
      { sum: g.reduceSum(w, [0]), gone: g.mul(w, 3) },
      { w: g.add(w, g.mul(x, 2)), still: g.input('still', [1]) },
      { provider: 'tensorflow' },
    );
    loop.write({ w: Float32Array.of(1, 2), still: Float32Array.of(5) });
    const constants = tf.memory().numTensors;
    for (let i = 1; i <= 3; i++) {
      await loop.run({ x: Float32Array.of(i, 0) });
      expect(tf.memory().numTensors).toBe(constants + 2);
    }
    const failed = loop.run({ x: Float32Array.of(1) });
    await expect(failed).rejects.toThrow();
    expect(await loop.read()).toEqual({ w: Float32Array.of(13, 2), still: Float32Array.of(5) });
    await loop.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
