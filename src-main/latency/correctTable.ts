import { parseGenotype } from '../search/genotype';
import { isSteady, median, Meter } from './measure';
import { decidedNetwork, encodeNetwork, tileDims } from './networks';
import { predictedRatio } from './predict';
import { LatencyTable, perOp, type TableData } from './table';
import type { TimerOptions } from './timer';

/** Whole networks that either kind of entry is held against, a narrow and a wide one each. */
const wholeNetworks = [
  { of: 'cells', genotype: 'x2 c16 | conv3 16 conv3 | conv3 32 conv3 | conv3 16 conv3' },
  { of: 'cells', genotype: 'x2 c48 | 4 * conv3 32 conv3' },
  { of: 'alone', genotype: 'x2 c16 | 9 * id 16 conv3' },
  { of: 'alone', genotype: 'x2 c48 | 6 * id 48 conv3' },
] as const;

const secondsEach = 3;

/**
 * Times some whole networks against the reference, which takes longer than a chain but says more, and multiplies the entries
 * of cells by what they are off for these, each kind by its own. The ends are whole networks already.
 */
export async function correctTable(
  data: TableData,
  { onProgress, ...options }: TimerOptions & { onProgress?: (fraction: number) => void },
): Promise<TableData> {
  const table = new LatencyTable(data);
  const meter = new Meter({ ...options, seconds: secondsEach });
  const factors: Record<(typeof wholeNetworks)[number]['of'], number[]> = { cells: [], alone: [] };
  try {
    for (const [n, { of, genotype }] of wholeNetworks.entries()) {
      const network = parseGenotype(genotype);
      const timing = await meter.measure(encodeNetwork(decidedNetwork(tileDims, network)), network.scale);
      const ends = table.ends(network.trunk[0]!, network.scale);
      const factor = (timing.ratio - ends) / (predictedRatio(network, table) - ends);
      if (isSteady(timing)) factors[of].push(Math.min(Math.max(factor, 0.5), 2));
      onProgress?.((n + 1) / wholeNetworks.length);
    }
  } finally {
    meter.stop();
  }
  const scaled = (row: readonly number[], by: readonly number[]): number[] =>
    row.map((ratio) => (by.length > 0 ? median(by) : 1) * ratio);
  return {
    ...data,
    cells: perOp((op) => data.cells[op].map((row) => scaled(row, factors.cells))),
    alone: perOp((op) => scaled(data.alone[op], factors.alone)),
  };
}
