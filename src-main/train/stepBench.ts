import type { BatchShape } from '../data/patches';
import { input } from '../graph/build';
import { countNetwork } from '../graph/count';
import { layoutOf } from '../model/network';
import { Loop } from '../runtime/loop';
import type { Provider } from '../runtime/session';
import { SoftInputs } from '../search/softInputs';
import { allCandidates, plainNet, type Candidates, type Space } from '../search/space';
import { network } from '../search/supernet';
import { weightStep } from './step';
import { stepFeeds } from './stepProbe';

export interface StepTime {
  name: string;
  /** Median milliseconds of forward + backward + optimiser, and of the same graph cut at the loss. */
  stepMs: number;
  lossMs: number;
  /** Convolutions' arithmetic of the whole step (forward, and twice as much backward) over its time. */
  gflops: number;
}

export const stepBenchSettings = {
  shape: { patch: 32, batch: 16 } satisfies BatchShape,
  supernet: { scale: 2, cells: 6, widths: [8, 12, 16, 24, 32] } satisfies Space,
  runs: 9,
};

/** Training steps of the default supernet with everything alive and of a plain net: how far from the ideal ratio 3. */
export async function timeTrainingSteps(provider: Provider): Promise<StepTime[]> {
  const { supernet } = stepBenchSettings;
  return [
    await timeStep('plain net, 6 conv3x3 of 32 channels', plainNet(2, 32, 3), provider),
    await timeStep('default supernet, all candidates', allCandidates(supernet), provider),
  ];
}

async function timeStep(name: string, candidates: Candidates, provider: Provider): Promise<StepTime> {
  const { shape } = stepBenchSettings;
  const layout = layoutOf(candidates);
  const { weightLoss, ...graph } = weightStep(candidates, layout, shape);
  const { nextWeights, nextM: m, nextV: v, nextSeen: seen, nextAverage: average } = graph;
  const next = { weights: nextWeights, m, v, seen, average };
  const feeds = stepFeeds(candidates, shape);
  const step = await medianMs(await Loop.compile({ weightLoss }, next, { provider }), feeds);
  const loss = await medianMs(await Loop.compile({ weightLoss }, {}, { provider }), feeds);
  const { choices } = new SoftInputs(candidates).nodes();
  const lr = input('lr', [shape.batch, 3, shape.patch, shape.patch]);
  const { weights } = layout.slices(input('weights', [layout.size]));
  const { macs } = countNetwork(network(lr, candidates, weights, choices));
  return { name, stepMs: step, lossMs: loss, gflops: (3 * 2 * macs) / step / 1e6 };
}

async function medianMs(
  loop: Loop<'weightLoss', string>,
  feeds: Record<string, Float32Array>,
): Promise<number> {
  try {
    loop.write(feeds);
    await loop.run(feeds);
    const times: number[] = [];
    for (let i = 0; i < stepBenchSettings.runs; i++) {
      const start = performance.now();
      await loop.run(feeds);
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[times.length >> 1]!;
  } finally {
    await loop.dispose();
  }
}
