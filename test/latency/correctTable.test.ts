import { expect, test, vi } from 'vitest';
import { correctTable } from '../../src-main/latency/correctTable';
import type * as Measure from '../../src-main/latency/measure';
import { predictedRatio } from '../../src-main/latency/predict';
import { LatencyTable } from '../../src-main/latency/table';
import { parseGenotype } from '../../src-main/search/genotype';
import { testCosts } from '../support/builtCli';

const clock = vi.hoisted(() => ({ times: [] as { ratio: number; spread: number }[] }));
vi.mock('../../src-main/latency/measure', async (original) => ({
  ...(await original<typeof Measure>()),
  Meter: class {
    measure = () => Promise.resolve(clock.times.shift());
    stop = () => undefined;
  },
}));

const { data } = testCosts();
const table = new LatencyTable(data);
const { signal } = new AbortController();

/** What a network takes where that of its cells is so many times what the table says; the ends are as they are. */
function timeOf(genotype: string, factor: number, spread = 0) {
  const network = parseGenotype(genotype);
  const ends = table.ends(network.trunk[0]!, 2);
  return { ratio: ends + factor * (predictedRatio(network, table) - ends), spread };
}
const networks = [
  'x2 c16 | conv3 16 conv3 | conv3 32 conv3 | conv3 16 conv3',
  'x2 c48 | 4 * conv3 32 conv3',
  'x2 c16 | 9 * id 16 conv3',
  'x2 c48 | 6 * id 48 conv3',
] as const;

test('cells of two operations and of one are corrected each by what whole networks of them are off', async () => {
  const factors = [1.2, 1.4, 0.7, 0.9];
  clock.times = networks.map((genotype, i) => timeOf(genotype, factors[i]!));
  const fractions: number[] = [];
  const corrected = await correctTable(data, { signal, onProgress: (fraction) => fractions.push(fraction) });
  data.cells.sep5x5.flat().forEach((time, i) => {
    expect(corrected.cells.sep5x5.flat()[i]).toBeCloseTo(1.3 * time, 9);
  });
  data.alone.conv3x3.forEach((time, i) => {
    expect(corrected.alone.conv3x3[i]).toBeCloseTo(0.8 * time, 9);
  });
  expect(corrected.ends).toEqual(data.ends);
  expect(corrected.add).toEqual(data.add);
  expect(fractions).toEqual([0.25, 0.5, 0.75, 1]);
});

test('timings that say nothing correct nothing', async () => {
  clock.times = networks.map((genotype) => timeOf(genotype, 1.5, 0.5));
  expect(await correctTable(data, { signal })).toEqual(data);
});
