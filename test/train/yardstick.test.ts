import { expect, test } from 'vitest';
import { LatencyTable } from '../../src-main/latency/table';
import { parseBudget } from '../../src-main/shared/budget';
import { speedCurveSchema } from '../../src-main/shared/things';
import { budgetRange, planSpace } from '../../src-main/train/plan';
import { expectedGain, speedCurve } from '../../src-main/train/yardstick';
import { testCosts } from '../support/builtCli';

const scales = [2, 3, 4] as const;

test.each(scales)('x%i: every budget in the range can be searched, none outside', (scale) => {
  const costs = testCosts();
  const { from, to } = budgetRange(scale, costs);
  const plan = (ratio: number) => () => planSpace(scale, parseBudget(`${ratio}ref`, scale, 1), costs);
  for (const ratio of [from, (from + to) / 2, to]) expect(plan(ratio)).not.toThrow();
  for (const ratio of [0.9 * from, to + 0.2]) expect(plan(ratio)).toThrow(`from ${from}ref to ${to}ref`);
});

test.each(scales)('x%i: the curve spans the range and never falls', (scale) => {
  const costs = testCosts();
  const curve = speedCurve(scale, costs);
  expect(speedCurveSchema.parse(curve)).toEqual(curve);
  expect(curve).toMatchObject({ refMsPerMP: costs.refMsPerMP, ...budgetRange(scale, costs) });
  expect(curve.points).toHaveLength(12);
  expect(curve.points[0]?.ratio).toBeCloseTo(curve.from, 12);
  expect(curve.points.at(-1)?.ratio).toBeCloseTo(curve.to, 9);
  for (const key of ['ratio', 'gain'] as const) {
    const values = curve.points.map((point) => point[key]);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  }
});

test('gains are those of the published networks, in between by the logarithm of the ratio', () => {
  expect(expectedGain(2, 0.8)).toBe(2.37);
  expect(expectedGain(4, 1.38)).toBe(2.31);
  expect(expectedGain(2, Math.sqrt(3.65 * 7))).toBeCloseTo((2.94 + 3.12) / 2, 12);
  expect(expectedGain(3, 2)).toBeCloseTo((expectedGain(2, 2) + expectedGain(4, 2)) / 2, 12);
  expect(expectedGain(2, 0.001)).toBe(0);
  expect(expectedGain(4, 100)).toBe(2.78);
});

test('a table without sense gives a curve that can still be drawn', () => {
  const free = LatencyTable.synthetic(
    () => 1,
    () => 1,
    () => 0,
  );
  expect(speedCurve(2, free).points.every(({ gain }) => Number.isFinite(gain))).toBe(true);
});
