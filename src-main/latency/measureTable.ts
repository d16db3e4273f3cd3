import { throwIfCancelled } from '../base/errors';
import type { Node } from '../graph/ops';
import { parseGenotype } from '../search/genotype';
import type { Space } from '../search/space';
import { isSteady, median, Meter, quantile } from './measure';
import { addChain, cellChain, decidedNetwork, encodeNetwork, frame, inputDims, referenceNetwork, tileDims } from './networks'; // prettier-ignore
import { predictedRatio } from './predict';
import { LatencyTable, perOp, tableFormat, type TableData, type TableOp } from './table';
import { Timer, type TimerOptions } from './timer';

export interface MeasureTableOptions extends TimerOptions {
  /** Stored with the table: what it was measured with. */
  key: string;
  /** The grid (default 8 to 64, six widths); between them the table interpolates. */
  widths?: readonly number[];
  /** After so many seconds (default 36) the second pass over the grid is cut short. */
  seconds?: number;
  onProgress?: (fraction: number) => void;
}

/** How often everything is timed. */
const passes = 2;

/**
 * Then both processes are started anew: where a process's memory happens to lie can change a network's time by a third
 * for as long as it lives. A number that does not divide a pass has each probe timed among others in the next.
 */
const probesPerProcess = 20;

/** Additions are short: so many behind one another. */
const additions = 8;

/** Whole networks that either kind of entry is held against, a narrow and a wide one each. */
const wholeNetworks = [
  { of: 'cells', genotype: 'x2 c16 | conv3 16 conv3 | conv3 32 conv3 | conv3 16 conv3' },
  { of: 'cells', genotype: 'x2 c48 | 4 * conv3 32 conv3' },
  { of: 'alone', genotype: 'x2 c16 | 9 * id 16 conv3' },
  { of: 'alone', genotype: 'x2 c48 | 6 * id 48 conv3' },
] as const;
const secondsPerWhole = 3;
const shareOfProbes = 0.8;

/** One network to time, and its fastest run in milliseconds. */
interface Probe {
  network: () => Node;
  ms: number;
}

/**
 * Measures the latency table of this device (METHOD B3) in less than a minute on 2 cores. A chain of cells pays once for
 * reordering its input and output, by the channel: how much, two lengths of chains of conv3x3 tell, the median over all
 * widths. What is left of a chain is its cells'. (A slope for each entry by itself, between two noisy times, has three times
 * the error.) Whatever else happens on the machine only ever adds time, so the fastest run of two passes counts, and no
 * network may seem slower than a wider one. In the end whole networks are timed, which takes longer but says more, and cells
 * are multiplied by what they are off for these.
 */
export async function measureTable(options: MeasureTableOptions): Promise<TableData> {
  const { key, widths = [8, 16, 24, 32, 48, 64], onProgress } = options;
  const probes: Probe[] = [];
  const probe = (network: () => Node): Probe => {
    probes.push({ network, ms: Infinity });
    return probes.at(-1)!;
  };
  const cells = (op: TableOp, count: number) =>
    widths.map((trunk, i) =>
      widths.slice(0, i + 1).map((inner) => probe(() => cellChain([op, op], trunk, inner, count))),
    );
  const ends = (scale: Space['scale']) => [widths.map((width) => probe(() => frame(width, scale)))];
  const plan = {
    single: cells('conv3x3', 1),
    cells: perOp((op) => cells(op, 2)),
    alone: perOp((op) => [widths.map((width) => probe(() => cellChain(['identity', op], width, width, 4)))]),
    ends: { 2: ends(2), 3: ends(3), 4: ends(4) },
    add: [widths.map((width) => probe(() => addChain(width, additions)))],
  };
  const referenceMs = await timeAll(probes, {
    ...options,
    onProgress: (fraction) => onProgress?.(shareOfProbes * fraction),
  });

  const once = paidOnce(widths, envelope(plan.single), envelope(plan.cells.conv3x3));
  /** One of `count` cells in chains with these trunk widths, as a multiple of the reference. */
  const cellsOf = (probed: readonly (readonly Probe[])[], count: number, trunkOf: (i: number, j: number) => number) =>
    envelope(probed).map((row, i) =>
      // However noisy the times: what is paid once is no more than half.
      row.map((ms, j) => Math.max(ms - once * trunkOf(i, j), ms / 2) / count / referenceMs),
    ); // prettier-ignore
  const whole = ([probed]: readonly (readonly Probe[])[]) =>
    envelope([probed!])[0]!.map((ms) => ms / referenceMs);
  const data: TableData = {
    format: tableFormat,
    key,
    referenceMs,
    widths,
    cells: perOp((op) => cellsOf(plan.cells[op], 2, (i) => widths[i]!)),
    alone: perOp((op) => cellsOf(plan.alone[op], 4, (_, j) => widths[j]!)[0]!),
    ends: { 2: whole(plan.ends[2]), 3: whole(plan.ends[3]), 4: whole(plan.ends[4]) },
    add: whole(plan.add).map((ratio) => ratio / additions),
  };
  const factors = await offBy(data, {
    ...options,
    onProgress: (fraction) => onProgress?.(shareOfProbes + (1 - shareOfProbes) * fraction),
  });
  const times = (row: readonly number[], factor: number): number[] => row.map((ratio) => factor * ratio);
  return {
    ...data,
    cells: perOp((op) => data.cells[op].map((row) => times(row, factors.cells))),
    alone: perOp((op) => times(data.alone[op], factors.alone)),
  };
}

/** Times of chains, none longer than that of a wider one: wider in either direction, so from the end. */
function envelope(rows: readonly (readonly Probe[])[]): number[][] {
  const out: number[][] = [];
  for (let i = rows.length - 1; i >= 0; i--) {
    const row: number[] = [];
    for (let j = rows[i]!.length - 1; j >= 0; j--)
      row[j] = Math.min(rows[i]![j]!.ms, row[j + 1] ?? Infinity, out[i + 1]?.[j] ?? Infinity);
    out[i] = row;
  }
  return out;
}

/** Milliseconds a trunk channel that a chain pays once: T1 = once + cell and T2 = once + 2 cell, so 2 T1 - T2. */
function paidOnce(widths: readonly number[], ones: readonly number[][], twos: readonly number[][]): number {
  const each = ones.flatMap((row, i) => row.map((one, j) => (2 * one - twos[i]![j]!) / widths[i]!));
  return Math.max(0, median(each));
}

/** What entries must be multiplied by, on average, for whole networks to take what they take. */
async function offBy(
  data: TableData,
  { onProgress, ...options }: MeasureTableOptions,
): Promise<{ cells: number; alone: number }> {
  const table = new LatencyTable(data);
  const meter = new Meter({ ...options, seconds: secondsPerWhole });
  const factors: { cells: number[]; alone: number[] } = { cells: [], alone: [] };
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
  const middle = (of: readonly number[]): number => (of.length > 0 ? median(of) : 1);
  return { cells: middle(factors.cells), alone: middle(factors.alone) };
}

/** Fills in the probes' times, one after the other, and returns the reference network's time in between. */
async function timeAll(
  probes: readonly Probe[],
  { seconds = 36, onProgress, ...options }: MeasureTableOptions,
): Promise<number> {
  const ref = referenceNetwork();
  const turns: number[] = [];
  const end = performance.now() + seconds * 1000;
  const all = passes * probes.length;
  let done = 0;
  let networks: Timer | undefined;
  let reference: Timer | undefined;
  const stop = (): void => {
    networks?.stop();
    reference?.stop();
  };
  try {
    for (; done < probes.length || (done < all && performance.now() < end); done++) {
      throwIfCancelled(options.signal);
      if (!networks || !reference || done % probesPerProcess === 0) {
        stop();
        networks = Timer.start(options);
        reference = Timer.start(options);
        await reference.load(encodeNetwork(ref), inputDims(ref));
      }
      const probe = probes[done % probes.length]!;
      const network = probe.network();
      const due = done % 10 === 0;
      await networks.load(encodeNetwork(network), inputDims(network));
      probe.ms = Math.min(probe.ms, ...(await networks.time(30, { rest: due })));
      // As few runs a turn as a probe gets: the fastest of more would be faster.
      if (due) turns.push(Math.min(...(await reference.time(30))));
      onProgress?.((done + 1) / all);
    }
  } finally {
    stop();
  }
  onProgress?.(1);
  // Probes have the faster of two turns: this is the median of such.
  return quantile(turns, 1 - 0.5 ** (probes.length / done));
}
