import type { Scale } from '../shared/modelCard';

// What networks of a given speed reach elsewhere, for the curve on which a budget is picked where our own do not tell:
// published networks (FSRCNNX, IMDN, WDSR, SPAN, SAFMN++, RLFN, SMFANet) as we have measured them, dB above bicubic on
// Set14's luma.

/** [ratio to the reference network, gain in dB], both rising; a network that takes next to no time is no better than bicubic. */
type Front = readonly (readonly [ratio: number, gain: number])[];

const published: { readonly [scale in 2 | 4]: Front } = {
  2: [
    [0.02, 0],
    [0.48, 2.05],
    [0.8, 2.37],
    [1.9, 2.65],
    [3.65, 2.94],
    [7, 3.12],
    [10.9, 3.3],
    [16.6, 3.39],
    [35, 3.59],
  ],
  4: [
    [0.02, 0],
    [0.61, 1.4],
    [1.38, 2.31],
    [2.3, 2.49],
    [2.8, 2.53],
    [4.9, 2.61],
    [9, 2.78],
  ],
};

/** Expected gain over bicubic in dB of a good network of that speed; few networks are published for x3, which lies between. */
export function publishedGain(scale: Scale, ratio: number): number {
  if (scale === 3) return (publishedGain(2, ratio) + publishedGain(4, ratio)) / 2;
  const front = published[scale];
  const above = front.findIndex(([known]) => known >= ratio);
  if (above <= 0) return front.at(above)![1];
  const [[r0, g0], [r1, g1]] = [front[above - 1]!, front[above]!];
  return g0 + ((g1 - g0) * Math.log(ratio / r0)) / Math.log(r1 / r0);
}
