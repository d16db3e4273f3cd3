import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { predictedRatio } from '../../src-main/latency/predict';
import { LatencyTable } from '../../src-main/latency/table';
import { parseGenotype } from '../../src-main/search/genotype';
import { allCandidates, isDecided, starterSpace } from '../../src-main/search/space';
import { parseBudget } from '../../src-main/shared/budget';
import { gainAt } from '../../src-main/shared/speedCurve';
import { speedCurveSchema, type SpeedCurve } from '../../src-main/shared/things';
import { budgetRange, planSpace } from '../../src-main/train/plan';
import { sampledNetworks, type Sample } from '../../src-main/train/samples';
import { predictionOf, speedCurve } from '../../src-main/train/speedCurve';
import { publishedGain } from '../../src-main/train/yardstick';
import { printGenotype } from '../../src-main/search/genotype';
import { testCosts } from '../support/builtCli';
import { fakeCard } from '../support/fakeCard';

const scales = [2, 3, 4] as const;
const costs = testCosts();

test.each(scales)('x%i: every budget in the range can be searched, none outside', (scale) => {
  const { from, to } = budgetRange(scale, costs);
  const plan = (ratio: number) => () => planSpace(scale, parseBudget(`${ratio}ref`, scale, 1), costs);
  for (const ratio of [from, (from + to) / 2, to]) expect(plan(ratio)).not.toThrow();
  for (const ratio of [0.9 * from, to + 0.2]) expect(plan(ratio)).toThrow(`from ${from}ref to ${to}ref`);
});

test.each(scales)(
  'x%i: every budget that has a name can be searched, with room for devices where depth is cheap',
  (scale) => {
    const { from, to } = budgetRange(scale, costs);
    expect(parseBudget('fast', scale).ratio).toBeGreaterThan(from);
    expect(parseBudget('best', scale).ratio).toBeLessThan(to / 1.5);
  },
);

/** Spans the range of budgets and never falls. */
function expectSound(scale: 2 | 3 | 4, curve: SpeedCurve): void {
  expect(speedCurveSchema.parse(curve)).toEqual(curve);
  expect(curve).toMatchObject({ refMsPerMP: costs.refMsPerMP, ...budgetRange(scale, costs) });
  expect(curve.points[0]?.ratio).toBeCloseTo(curve.from, 12);
  expect(curve.points.at(-1)?.ratio).toBeCloseTo(curve.to, 9);
  for (const key of ['ratio', 'gain'] as const) {
    const values = curve.points.map((point) => point[key]);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  }
}

test.each(scales)('x%i: without samples the curve is that of published networks, and says so', (scale) => {
  const curve = speedCurve(scale, costs);
  expectSound(scale, curve);
  expect(curve.predictedTo).toBeNull();
  for (const { ratio, gain } of curve.points) expect(gain).toBe(publishedGain(scale, ratio));
});

describe('with networks of a starter', () => {
  const space = allCandidates(starterSpace(2));
  const networks = sampledNetworks(space, 1, 60);
  const gain = fc.double({ min: 0, max: 4, noNaN: true });
  const samples = fc
    .array(gain, { minLength: networks.length, maxLength: networks.length })
    // The dearest one is the best.
    .map((gains) => networks.map((network, i) => [printGenotype(network), i === 1 ? 5 : gains[i]!] as const));

  test('the curve spans the range, rises ever more slowly as far as it is known, and no network is above it', () => {
    fc.assert(
      fc.property(samples, (some) => {
        const curve = speedCurve(2, costs, { starter: some, stock: [] });
        expectSound(2, curve);
        const { points, predictedTo } = curve;
        const slopes = points.slice(1).flatMap((b, i) => {
          const a = points[i]!;
          return b.ratio > predictedTo! ? [] : [(b.gain - a.gain) / Math.log(b.ratio / a.ratio)];
        });
        for (const [i, slope] of slopes.slice(1).entries()) expect(slope).toBeLessThan(slopes[i]! + 1e-9);
        for (const [genotype, own] of some) {
          const ratio = predictedRatio(parseGenotype(genotype), costs);
          if (ratio > curve.from && ratio < curve.to) expect(own).toBeLessThan(gainAt(curve, ratio) + 1e-9);
        }
      }),
      { seed: 3, numRuns: 30 },
    );
  });

  test('it goes on at a fifth of the rise of published networks, which had far longer training', () => {
    const starter = networks.map((network, i): Sample => [printGenotype(network), i === 1 ? 3 : 1]);
    const curve = speedCurve(2, costs, { starter, stock: [] });
    // The dearest network is the only good one.
    expect(curve.predictedTo).toBeCloseTo(predictedRatio(networks[1]!, costs), 12);
    const rise = gainAt(curve, curve.to) - gainAt(curve, curve.predictedTo!);
    const theirs = publishedGain(2, curve.to) - publishedGain(2, curve.predictedTo!);
    expect(rise / theirs).toBeCloseTo(0.2, 9);
  });

  test('stock models are on it, and what the fastest owes to its training is half of what others may expect', () => {
    const [small, fast, best] = [
      'x2 c8 | conv3 8 conv3',
      'x2 c16 | conv3 16 conv3',
      'x2 c64 | 9 * conv3 64 conv3',
    ];
    const ratioOf = (genotype: string) => predictedRatio(parseGenotype(genotype), costs);
    const starter: Sample[] = [
      [small, 1.5],
      [fast, 1.8],
    ];
    const stock: Sample[] = [
      [best, 2.6],
      [fast, 2.2],
      ['not ours', 9],
    ];
    const curve = speedCurve(2, costs, { starter, stock });
    expectSound(2, curve);
    expect(gainAt(curve, ratioOf(small))).toBeCloseTo(1.5 + (2.2 - 1.8) / 2, 9);
    expect(gainAt(curve, ratioOf(fast))).toBeCloseTo(2.2, 9);
    expect(gainAt(curve, ratioOf(best))).toBeCloseTo(2.6, 9);
    expect(curve.predictedTo).toBeCloseTo(ratioOf(best), 9);
    // A starter that is better than a stock model is not made worse by it.
    const poor = speedCurve(2, costs, { starter, stock: [[fast, 1.7]] });
    expect(gainAt(poor, ratioOf(fast))).toBeCloseTo(1.8, 9);
  });

  test('a prediction is of the architecture and of the measured speed', () => {
    const curve = speedCurve(2, costs);
    const genotype = 'x2 c16 | edge3 24 conv3';
    expect(predictionOf(fakeCard({ genotype, ratio: 3.65 }), curve, costs)).toEqual({
      ratio: predictedRatio(parseGenotype(genotype), costs),
      gain: gainAt(curve, 3.65),
    });
    expect(predictionOf(fakeCard({ genotype: 'imported' }), curve, costs)).toBeUndefined();
  });
});

test.each(scales)('x%i: networks are drawn from all over the starter, its ends among them', (scale) => {
  const space = allCandidates(starterSpace(scale));
  const networks = sampledNetworks(space, 1, 100);
  expect(networks).toHaveLength(100);
  for (const network of networks) {
    expect(isDecided(network)).toBe(true);
    expect(parseGenotype(printGenotype(network))).toEqual(network);
  }
  const ratios = networks.map((network) => predictedRatio(network, costs));
  expect(ratios[0]).toBeLessThanOrEqual(budgetRange(scale, costs).from);
  expect(Math.max(...ratios)).toBe(ratios[1]);
  expect(new Set(networks.map(({ exits, trunk }) => `${exits[0]} ${trunk[0]}`)).size).toBeGreaterThan(20);
  expect(sampledNetworks(space, 1, 100)).toEqual(networks);
});

test('gains are those of the published networks, in between by the logarithm of the ratio', () => {
  expect(publishedGain(2, 0.8)).toBe(2.37);
  expect(publishedGain(4, 1.38)).toBe(2.31);
  expect(publishedGain(2, Math.sqrt(3.65 * 7))).toBeCloseTo((2.94 + 3.12) / 2, 12);
  expect(publishedGain(3, 2)).toBeCloseTo((publishedGain(2, 2) + publishedGain(4, 2)) / 2, 12);
  expect(publishedGain(2, 0.001)).toBe(0);
  expect(publishedGain(4, 100)).toBe(2.78);
});

test('a table without sense gives a curve that can still be drawn', () => {
  const free = LatencyTable.synthetic(
    () => 1,
    () => 1,
    () => 0,
  );
  const samples: Sample[] = [['x2 c8 | sep3 8 sep3', 1]];
  for (const some of [[], samples])
    expect(
      speedCurve(2, free, { starter: some, stock: some }).points.every(({ gain }) => Number.isFinite(gain)),
    ).toBe(true);
});
