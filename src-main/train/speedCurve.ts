import type { PartCosts } from '../latency/penalty';
import { predictedRatio } from '../latency/predict';
import { parseGenotype } from '../search/genotype';
import type { ModelCard, Scale } from '../shared/modelCard';
import { gainAt } from '../shared/speedCurve';
import type { SpeedCurve } from '../shared/things';
import { budgetRange } from './plan';
import type { Sample } from './samples';
import { starterSamples } from './starterFile';
import { publishedGain } from './yardstick';

type Point = SpeedCurve['points'][number];

/** Networks of known architecture, and what they gain. */
export interface Known {
  /** As they are in the starter, without training; gains on 12 held-out crops, stock models' on whole photos. */
  starter: readonly Sample[];
  /** Stock models. */
  stock: readonly Sample[];
}

/**
 * A network that was searched and trained for minutes is better than those of its speed in the starter by this share of what
 * the fastest stock model, which was trained for hours, is better. Searches of 6 minutes at x2 were so by 0.15, 0.27 and 0.18
 * dB (0.43, 0.75 and 1.76 times the reference), stock model `fast` by 0.4.
 */
const shareOfTraining = 0.5;

/**
 * How much of the published networks' rise ours has beyond the known ones: those were trained for days on large GPUs, ours for
 * minutes to hours. From stock model `fast` to `balanced` 0.15 of 0.48 dB at x2, 0.12 of 0.89 dB at x4, on Set14.
 */
const shareOfPublished = 0.2;

/** Points of the curve where it follows published networks. */
const publishedPoints = 12;

/** The curve of a device, by the starter and the stock models of a library. */
export async function curveHere(
  scale: Scale,
  costs: PartCosts & { refMsPerMP: number },
  models: readonly { card: ModelCard }[],
): Promise<SpeedCurve> {
  const stock = models
    .filter(({ card }) => card.kind === 'stock' && card.scale === scale)
    .map(({ card: { genotype, psnr } }): Sample => [genotype, psnr.model - psnr.bicubic]);
  return speedCurve(scale, costs, { starter: (await starterSamples(scale)) ?? [], stock });
}

/**
 * What budgets buy on a device, from the smallest that can be searched to the largest. As far as known networks reach, their
 * speeds are predicted by the latency table and the best of them make the curve, since a search goes on from them; beyond it
 * rises by {@link shareOfPublished} of what published networks do; where nobody has judged any it is theirs.
 */
export function speedCurve(
  scale: Scale,
  costs: PartCosts & { refMsPerMP: number },
  known: Known = { starter: [], stock: [] },
): SpeedCurve {
  const { from, to } = budgetRange(scale, costs);
  const { refMsPerMP } = costs;
  const pointsOf = (samples: readonly Sample[]): Point[] =>
    samples.flatMap(([genotype, gain]) => {
      const ratio = ratioOf(genotype, costs);
      return ratio === undefined ? [] : [{ ratio, gain }];
    });
  const [starter, stock] = [front(pointsOf(known.starter)), front(pointsOf(known.stock))];
  const byTraining = shareOfTraining * aheadOf(starter, stock[0]);
  const best = front([...starter.map(({ ratio, gain }) => ({ ratio, gain: gain + byTraining })), ...stock]);
  const predictedTo = Math.min(to, best.at(-1)?.ratio ?? 0);
  if (predictedTo <= from)
    return { refMsPerMP, from, to, points: published(scale, from, to), predictedTo: null };
  const at = (ratio: number): Point => ({ ratio, gain: gainAt({ points: best }, ratio) });
  const within = best.filter(({ ratio }) => ratio > from && ratio < predictedTo);
  const predicted = [at(from), ...within, at(predictedTo)];
  const [start, ...beyond] = published(scale, predictedTo, to);
  const further = beyond.map(({ ratio, gain }) => ({
    ratio,
    gain: predicted.at(-1)!.gain + shareOfPublished * (gain - start!.gain),
  }));
  return { refMsPerMP, from, to, points: [...predicted, ...further], predictedTo };
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
  const predicted = ratioOf(genotype, costs);
  return predicted === undefined ? undefined : { ratio: predicted, gain: gainAt(curve, ratio) };
}

/** By the latency table; undefined where the architecture is not ours. */
function ratioOf(genotype: string, costs: PartCosts): number | undefined {
  try {
    return predictedRatio(parseGenotype(genotype), costs);
  } catch {
    return undefined;
  }
}

/** By how many dB a network is better than others of its speed; 0 where it is not, or there is nothing to compare. */
function aheadOf(others: Point[], network: Point | undefined): number {
  if (!network || others.length === 0) return 0;
  return Math.max(0, network.gain - gainAt({ points: others }, network.ratio));
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
