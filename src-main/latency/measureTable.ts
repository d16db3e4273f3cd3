import { throwIfCancelled } from '../base/errors';
import type { Node } from '../graph/ops';
import type { Space } from '../search/space';
import { correctTable } from './correctTable';
import { median, quantile } from './measure';
import { addChain, cellChain, encodeNetwork, frame, inputDims, referenceNetwork } from './networks';
import { perOp, tableFormat, type TableData, type TableOp } from './table';
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

/** The rest is for correcting the table. */
const shareOfProbes = 0.8;

/** One network to time, its channels between cells, and its fastest run in milliseconds. */
interface Probe {
  network: () => Node;
  trunk: number;
  ms: number;
}
type Probes = readonly (readonly Probe[])[];

/**
 * Measures the latency table of this device (METHOD B3) in about a minute on 2 cores. A chain of cells pays once for
 * reordering its input and output, by the channel: how much, two lengths of chains of conv3x3 tell, the median over all
 * widths. What is left of a chain is its cells'. (A slope for each entry by itself, between two noisy times, has three times
 * the error.) Whatever else happens on the machine only ever adds time, so the fastest run of two passes counts, and no
 * network may seem slower than a wider one. What error is left is largely common to all entries; {@link correctTable} takes it
 * out.
 */
export async function measureTable(options: MeasureTableOptions): Promise<TableData> {
  const { key, widths = [8, 16, 24, 32, 48, 64], onProgress } = options;
  const probes: Probe[] = [];
  const probe = (trunk: number, network: () => Node): Probe => {
    probes.push({ network, trunk, ms: Infinity });
    return probes.at(-1)!;
  };
  const cells = (op: TableOp, count: number) =>
    widths.map((trunk, i) =>
      widths.slice(0, i + 1).map((inner) => probe(trunk, () => cellChain([op, op], trunk, inner, count))),
    );
  const each = (network: (width: number) => Node) => [
    widths.map((width) => probe(width, () => network(width))),
  ];
  const ends = (scale: Space['scale']) => each((width) => frame(width, scale));
  const plan = {
    single: cells('conv3x3', 1),
    cells: perOp((op) => cells(op, 2)),
    alone: perOp((op) => each((width) => cellChain(['identity', op], width, width, 4))),
    ends: { 2: ends(2), 3: ends(3), 4: ends(4) },
    add: each((width) => addChain(width, additions)),
  };
  const referenceMs = await timeAll(probes, {
    ...options,
    onProgress: (fraction) => onProgress?.(shareOfProbes * fraction),
  });

  const once = paidOnce(plan.single, plan.cells.conv3x3);
  /** One of the `count` cells of each chain, as a multiple of the reference. */
  const oneOf = (count: number, chains: Probes): number[][] =>
    envelope(chains).map((row, i) =>
      // However noisy the times: what is paid once is no more than half.
      row.map((ms, j) => Math.max(ms - once * chains[i]![j]!.trunk, ms / 2) / count / referenceMs),
    );
  const whole = (networks: Probes): number[] => envelope(networks)[0]!.map((ms) => ms / referenceMs);
  const data: TableData = {
    format: tableFormat,
    key,
    referenceMs,
    widths,
    cells: perOp((op) => oneOf(2, plan.cells[op])),
    alone: perOp((op) => oneOf(4, plan.alone[op])[0]!),
    ends: { 2: whole(plan.ends[2]), 3: whole(plan.ends[3]), 4: whole(plan.ends[4]) },
    add: whole(plan.add).map((ratio) => ratio / additions),
  };
  return correctTable(data, {
    ...options,
    onProgress: (fraction) => onProgress?.(shareOfProbes + (1 - shareOfProbes) * fraction),
  });
}

/** Times of chains, none longer than that of a wider one: wider in either direction, so from the end. */
function envelope(rows: Probes): number[][] {
  const out: number[][] = [];
  for (let i = rows.length - 1; i >= 0; i--) {
    const row: number[] = [];
    for (let j = rows[i]!.length - 1; j >= 0; j--)
      row[j] = Math.min(rows[i]![j]!.ms, row[j + 1] ?? Infinity, out[i + 1]?.[j] ?? Infinity);
    out[i] = row;
  }
  return out;
}

/** Milliseconds a channel that a chain pays once: T1 = once + cell and T2 = once + 2 cell, so 2 T1 - T2. */
function paidOnce(ones: Probes, twos: Probes): number {
  const [shorter, longer] = [envelope(ones), envelope(twos)];
  const each = ones.flatMap((row, i) =>
    row.map(({ trunk }, j) => (2 * shorter[i]![j]! - longer[i]![j]!) / trunk),
  );
  return Math.max(0, median(each));
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
