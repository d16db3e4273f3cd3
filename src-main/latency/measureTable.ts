import { throwIfCancelled } from '../base/errors';
import type { Node } from '../graph/ops';
import type { Space } from '../search/space';
import { quantile } from './measure';
import { addChain, cellChain, encodeNetwork, frame, inputDims, referenceNetwork } from './networks';
import { perOp, tableFormat, type TableData } from './table';
import { Timer, type TimerOptions } from './timer';

export interface MeasureTableOptions extends TimerOptions {
  /** Stored with the table: what it was measured with. */
  key: string;
  /** The grid (default 8 to 64, six widths); between them the table interpolates. */
  widths?: readonly number[];
  /** After so many seconds (default 45) the second pass is cut short. */
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

/** One network to time, and its fastest run in milliseconds. */
interface Probe {
  network: () => Node;
  ms: number;
}

/**
 * Measures the latency table of this device (METHOD B3). Entries are slopes between a chain of two and a chain of one,
 * (T(4 copies) - T(2 copies)) / 2 a copy, so that what a network pays once (reordering its input and output) is left
 * out. Whatever else happens on the machine only ever adds time, so the fastest run of two passes counts, and no
 * network may seem slower than a wider one. About 40 seconds on 2 cores.
 */
export async function measureTable(options: MeasureTableOptions): Promise<TableData> {
  const { key, widths = [8, 16, 24, 32, 48, 64] } = options;
  const probes: Probe[] = [];
  const probe = (network: () => Node): Probe => {
    probes.push({ network, ms: Infinity });
    return probes.at(-1)!;
  };
  const chains = (rows: readonly (readonly ((links: number) => Node)[])[]) =>
    [1, 2].map((links) => rows.map((row) => row.map((chain) => probe(() => chain(links)))));
  const ends = (scale: Space['scale']) => [widths.map((width) => probe(() => frame(width, scale)))];
  const plan = {
    ends: { 2: ends(2), 3: ends(3), 4: ends(4) },
    add: chains([widths.map((width) => (links) => addChain(width, 4 * links))]),
    cells: perOp((op) =>
      chains(
        widths.map((trunk, i) =>
          widths.slice(0, i + 1).map((inner) => (links) => cellChain([op, op], trunk, inner, links)),
        ),
      ),
    ),
    alone: perOp((op) =>
      chains([widths.map((width) => (links) => cellChain(['identity', op], width, width, 2 * links))]),
    ),
  };

  const referenceMs = await timeAll(probes, options);
  const whole = (rows: readonly (readonly Probe[])[]) => envelope(rows).map((row) => row.map((ms) => ms / referenceMs)); // prettier-ignore
  return {
    format: tableFormat,
    key,
    referenceMs,
    widths,
    ends: { 2: whole(plan.ends[2])[0]!, 3: whole(plan.ends[3])[0]!, 4: whole(plan.ends[4])[0]! },
    add: slopes(plan.add, 4 * referenceMs)[0]!,
    cells: perOp((op) => slopes(plan.cells[op], referenceMs)),
    alone: perOp((op) => slopes(plan.alone[op], 2 * referenceMs)[0]!),
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

/** What the second half of each chain of two takes, in units of `unit` milliseconds. */
function slopes([ones, twos]: readonly (readonly (readonly Probe[])[])[], unit: number): number[][] {
  const shorter = envelope(ones!);
  return envelope(twos!).map((row, i) =>
    // However noisy the times: no more than half the chain, and no less than half of that.
    row.map((two, j) => Math.min(Math.max(two - shorter[i]![j]!, two / 4), two / 2) / unit),
  );
}

/** Fills in the probes' times, one after the other, and returns the reference network's time in between. */
async function timeAll(
  probes: readonly Probe[],
  { seconds = 45, onProgress, ...options }: MeasureTableOptions,
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
