import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { layoutOf } from '../../src-main/model/network';
import { Program } from '../../src-main/runtime/program';
import { SoftInputs } from '../../src-main/search/softInputs';
import { allCandidates } from '../../src-main/search/space';
import { choiceStep, weightStep } from '../../src-main/train/step';
import { noisyWeights, randomPicture, softChoices } from '../support/architectures';
import '../support/tfjs';

vi.mock('../../src-main/runtime/tensorflow', () => ({ tensorflow: () => tf }));

const length = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
const minus = (a: Float32Array, b: Float32Array): Float64Array => Float64Array.from(a, (x, i) => x - b[i]!);

it('each of 50 training steps of a supernet, walked by TensorFlow.js, is the one of onnxruntime', async () => {
  const candidates = allCandidates({ scale: 2, cells: 2, widths: [4, 8] });
  const layout = layoutOf(candidates);
  const patch = 4;
  const graph = {
    ...weightStep(candidates, layout, { patch, batch: 2 }),
    ...choiceStep(candidates, layout, { patch, batch: 1 }),
  };
  const program = await Program.compile(graph);
  const walk = await Program.compile(graph, { provider: 'tensorflow' });
  const soft = new SoftInputs(candidates);
  const pictures = (batch: number, seed: number): [Float32Array, Float32Array] => [
    randomPicture(batch * 3 * patch ** 2, seed),
    randomPicture(batch * 3 * (2 * patch) ** 2, seed + 1000),
  ];
  const zeros: Float32Array = new Float32Array(layout.size);
  let state = {
    weights: noisyWeights(layout, 1),
    m: zeros,
    v: zeros,
    seen: zeros,
    average: noisyWeights(layout, 2),
  };
  for (let t = 1; t <= 50; t++) {
    const [lr, hr] = pictures(2, t);
    const [choiceLr, choiceHr] = pictures(1, 100 + t);
    const [rate, keep] = [1e-3, 0.99].map((x) => Float32Array.of(x)) as [Float32Array, Float32Array]; // prettier-ignore
    const choices = soft.feed(softChoices(candidates, t));
    const drawn = soft.feed(softChoices(candidates, 100 + t));
    const feeds = { ...state, lr, hr, choiceLr, choiceHr, rate, keep, choices, drawn };
    const ort = await program.run(feeds);
    const ours = await walk.run(feeds);

    for (const name of ['weightLoss', 'choiceLoss', 'choiceGradient'] as const)
      expect(length(minus(ours[name], ort[name])) / length(ort[name]), `${name} ${t}`).toBeLessThan(1e-4);
    const next = {
      weights: 'nextWeights',
      m: 'nextM',
      v: 'nextV',
      seen: 'nextSeen',
      average: 'nextAverage',
    } as const;
    for (const name of ['weights', 'm', 'v', 'seen', 'average'] as const) {
      const update = minus(ort[next[name]], state[name]);
      expect(length(update), `update of ${name} ${t}`).toBeGreaterThan(0);
      const error = length(minus(ours[next[name]], ort[next[name]])) / length(update);
      expect(error, `update of ${name} ${t}`).toBeLessThan(1e-4);
    }
    state = {
      weights: ort.nextWeights,
      m: ort.nextM,
      v: ort.nextV,
      seen: ort.nextSeen,
      average: ort.nextAverage,
    };
  }
  await program.dispose();
  await walk.dispose();
});
