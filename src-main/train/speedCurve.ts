import type { PartCosts } from '../latency/penalty';
import { predictedRatio } from '../latency/predict';
import { parseGenotype } from '../search/genotype';
import type { ModelCard, Scale } from '../shared/modelCard';
import { gainAt } from '../shared/speedCurve';
import type { SpeedCurve } from '../shared/things';
import { budgetRange } from './plan';
import type { Sample } from './samples';
import { publishedGain } from './yardstick';

type Point = SpeedCurve['points'][number];

/**
 * A network that was searched and trained is better than those of its speed in the starter, by so many dB: the median over
 * three searches of 5 minutes (0.12, 0.19, 0.19), against 60 networks of the first starter, which they began with. With it
 * the curve of the next starter was off by -0.02, -0.01, 0.05 and 0.19 dB for four searches from that one.
 */
const trainingGain = 0.19;

/**
 * How much of the published networks' rise beyond the starter's speeds ours has: those were trained for days on large GPUs,
 * ours for minutes to hours. From stock model `fast` to `balanced` (65 and 80 minutes on one core) 0.12 of 0.48 dB at x2, 0.04 of
 * 0.89 dB at x4, on Set14.
 */
const shareOfPublished = 0.2;

/** Points of the curve where it follows published networks. */
const publishedPoints = 12;

/**
 * What budgets buy on a device, from the smallest that can be searched to the largest. As far as the networks of a starter
 * reach, their speeds are predicted by the latency table and the best of them make the curve; beyond it
 * rises by {@link shareOfPublished} of what published networks do; where nobody has judged any it is theirs.
 */
export function speedCurve(
  scale: Scale,
  costs: PartCosts & { refMsPerMP: number },
  samples: readonly Sample[] = [],
): SpeedCurve {
  const { from, to } = budgetRange(scale, costs);
  const { refMsPerMP } = costs;
  const best = front(
    samples.map(([genotype, gain]) => ({
      ratio: predictedRatio(parseGenotype(genotype), costs),
      gain: gain + trainingGain,
    })),
  );
  const predictedTo = Math.min(to, best.at(-1)?.ratio ?? 0);
  if (predictedTo <= from)
    return { refMsPerMP, from, to, points: published(scale, from, to), predictedTo: null };
  const at = (ratio: number): Point => ({ ratio, gain: gainAt({ points: best }, ratio) });
  const within = best.filter(({ ratio }) => ratio > from && ratio < predictedTo);
  const known = [at(from), ...within, at(predictedTo)];
  const [start, ...beyond] = published(scale, predictedTo, to);
  const further = beyond.map(({ ratio, gain }) => ({
    ratio,
    gain: known.at(-1)!.gain + shareOfPublished * (gain - start!.gain),
  }));
  return { refMsPerMP, from, to, points: [...known, ...further], predictedTo };
}

/**
 * What latency table and curve say of a model, to be held against what was measured: the ratio of its architecture, and
 * the gain over bicubic in dB that networks of its measured speed have. Undefined where its architecture is not ours.
 */
export function predictionOf(
  { genotype, ratio }: ModelCard,
  curve: SpeedCurve,
  costs: PartCosts,
): { ratio: number; gain: number } | undefined {
  try {
    return { ratio: predictedRatio(parseGenotype(genotype), costs), gain: gainAt(curve, ratio) };
  } catch {
    return undefined;
  }
}

/** Spaced by equal factors; only the first where there is no range. */
function published(scale: Scale, from: number, to: number): Point[] {
  const count = from < to ? publishedPoints : 1;
  return Array.from({ length: count }, (_, i) => {
    const ratio = from * (to / from) ** (i / (publishedPoints - 1));
    return { ratio, gain: publishedGain(scale, ratio) };
  });
}

/**
 * The networks that no mixture of faster and better ones excels: the upper hull of gain over the logarithm of the ratio,
 * from the fastest to the best. So it rises, ever more slowly, and each of its points is a network.
 */
function front(networks: readonly Point[]): Point[] {
  const hull: Point[] = [];
  const rising = networks
    .filter(({ ratio }) => ratio > 0)
    .sort((a, b) => a.ratio - b.ratio || b.gain - a.gain);
  for (const next of rising) {
    if (hull.length > 0 && next.gain <= hull.at(-1)!.gain) continue;
    while (hull.length > 1 && slope(hull.at(-2)!, next) >= slope(hull.at(-2)!, hull.at(-1)!)) hull.pop();
    hull.push(next);
  }
  return hull;
}

const slope = (a: Point, b: Point): number => (b.gain - a.gain) / Math.log(b.ratio / a.ratio);
