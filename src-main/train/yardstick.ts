import type { PartCosts } from '../latency/penalty';
import type { Scale } from '../shared/modelCard';
import type { SpeedCurve } from '../shared/things';
import { budgetRange } from './plan';

// What networks of a given speed can be expected to reach, for the curve on which a budget is picked: published networks
// (FSRCNNX, IMDN, WDSR, SPAN, SAFMN++, RLFN, SMFANet) as we have measured them, dB above bicubic on Set14's luma. A
// yardstick to choose by, until what the search has to start from predicts it for this device.

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
export function expectedGain(scale: Scale, ratio: number): number {
  if (scale === 3) return (expectedGain(2, ratio) + expectedGain(4, ratio)) / 2;
  const front = published[scale];
  const above = front.findIndex(([known]) => known >= ratio);
  if (above <= 0) return front.at(above)![1];
  const [[r0, g0], [r1, g1]] = [front[above - 1]!, front[above]!];
  return g0 + ((g1 - g0) * Math.log(ratio / r0)) / Math.log(r1 / r0);
}

const curvePoints = 12;

/** What budgets buy on a device, from the smallest that can be searched to the largest. */
export function speedCurve(scale: Scale, costs: PartCosts & { refMsPerMP: number }): SpeedCurve {
  const { from, to } = budgetRange(scale, costs);
  const points = Array.from({ length: curvePoints }, (_, i) => {
    const ratio = from * (to / from) ** (i / (curvePoints - 1));
    return { ratio, gain: expectedGain(scale, ratio) };
  });
  return { refMsPerMP: costs.refMsPerMP, from, to, points };
}
