import { throwIfCancelled } from '../base/errors';
import { Rng } from '../base/rng';
import type { PatchSampler } from '../data/patches';
import type { Provider } from '../runtime/session';
import { printGenotype } from '../search/genotype';
import { fusionsBefore, largest, plainNet, type Candidates, type CandidateOp } from '../search/space';
import type { JobContext } from '../shared/progress';
import type { TrainState } from './state';
import { bicubicPsnr, validateOnce } from './validate';

/**
 * A network of a starter with the weights that it has there: its architecture, and by how many dB it is above bicubic on
 * held-out crops.
 */
export type Sample = readonly [genotype: string, gain: number];

/** So many networks show what a starter can do at each speed; each takes a good part of a second. */
export const sampleSettings = { count: 300 };

/**
 * Judges networks drawn from all over a starter's space, the cheapest and the dearest among them. What they cost on a
 * device and how good they are makes its curve of speed and quality, see `speedCurve`.
 */
export async function sampleNetworks(
  state: TrainState,
  { seed, heldOut, provider }: { seed: number; heldOut: PatchSampler; provider: Provider },
  { signal, onProgress }: JobContext,
): Promise<Sample[]> {
  const { count } = sampleSettings;
  const { scale } = state.candidates;
  const bicubic = await bicubicPsnr(heldOut, scale);
  const samples: Sample[] = [];
  for (const [n, network] of sampledNetworks(state.candidates, seed, count).entries()) {
    throwIfCancelled(signal);
    onProgress({ event: 'progress', phase: 'judging networks', fraction: n / count });
    const psnr = await validateOnce(state, network, { seed, heldOut, provider });
    samples.push([printGenotype(network), Number((psnr - bicubic).toFixed(4))]);
    // A request to stop is heard between blocking runs.
    await new Promise(setImmediate);
  }
  return samples;
}

/** Both ends of a space, and `count - 2` networks from between. */
export function sampledNetworks(space: Candidates, seed: number, count: number): Candidates[] {
  const { scale, trunk, exits } = space;
  const ends = [
    plainNet(scale, Math.min(...trunk), 1, 'sep3x3'),
    plainNet(scale, largest(trunk), largest(exits), 'edgeConv3x3'),
  ];
  const drawn = Array.from({ length: count - ends.length }, (_, n) => drawAny(space, new Rng(seed, n)));
  return [...ends, ...drawn];
}

/**
 * Depths and trunks are drawn evenly, so that all speeds occur. Networks differ in how much of them is full convolutions:
 * with all positions drawn evenly hardly one would be good throughout.
 */
function drawAny({ scale, trunk, exits, fusions, cells }: Candidates, rng: Rng): Candidates {
  const width = rng.pick(trunk);
  const exit = rng.pick(exits);
  const dense = rng.next();
  const op = (list: readonly CandidateOp[]): CandidateOp =>
    rng.next() < dense ? 'edgeConv3x3' : rng.pick(list);
  return {
    scale,
    trunk: [width],
    exits: [exit],
    fusions: [rng.next() < 0.5 ? 'none' : rng.pick(fusionsBefore(exit, fusions))],
    cells: cells.slice(0, exit).map(({ inner, ops }) => ({
      inner: [rng.next() < 0.5 && inner.includes(width) ? width : rng.pick(inner)],
      ops: ops.map((list) => [op(list)]),
    })),
  };
}
