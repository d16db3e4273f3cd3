import { throwIfCancelled } from '../base/errors';
import type { Node } from '../graph/ops';
import { median } from './measure';
import { addChain, cellChain, encodeNetwork, frame, inputDims, referenceNetwork } from './networks';
import { tableFormat, type TableData, type TableOp } from './table';
import { Timer, type TimerOptions } from './timer';

export interface MeasureTableOptions extends TimerOptions {
  /** Stored with the table: what it was measured with. */
  key: string;
  /** The grid (default 8 to 64, five widths); between them the table interpolates. */
  widths?: readonly number[];
  onProgress?: (fraction: number) => void;
}

const spaceWidths = [8, 16, 32, 48, 64];

/**
 * Measures the latency table of this device (METHOD B3). Entries are slopes between a chain of two and a chain of one,
 * (T(4 copies) - T(2 copies)) / 2 a copy, so that what a network pays once (reordering its input and output) is left
 * out. About half a minute on 2 cores.
 */
export async function measureTable(options: MeasureTableOptions): Promise<TableData> {
  const { key, widths = spaceWidths, onProgress } = options;
  const watch = await RatioWatch.start(options);
  const all = 4 * widths.length * (widths.length + 1) + 5 * widths.length;
  let done = 0;
  const timed = async (network: Node): Promise<number> => {
    const ratio = await watch.time(network);
    onProgress?.(++done / all);
    return ratio;
  };
  const slope = async (chain: (links: number) => Node): Promise<number> => {
    const [one, two] = [await timed(chain(1)), await timed(chain(2))];
    // However noisy the times: no more than the whole chain, and no less than half of that.
    return Math.min(Math.max(two - one, two / 4), two / 2);
  };
  const cells = (op: TableOp) =>
    each(widths, (trunk) =>
      each(
        widths.filter((width) => width <= trunk),
        (inner) => slope((links) => cellChain(op, trunk, inner, links)),
      ),
    );
  try {
    const ends = (scale: 2 | 3 | 4) => each(widths, (width) => timed(frame(width, scale)));
    return {
      format: tableFormat,
      key,
      widths,
      ends: { 2: await ends(2), 3: await ends(3), 4: await ends(4) },
      add: await each(widths, async (width) => (await slope((links) => addChain(width, 4 * links))) / 4),
      cells: {
        conv3x3: await cells('conv3x3'),
        sep3x3: await cells('sep3x3'),
        sep5x5: await cells('sep5x5'),
        invertedResidual: await cells('invertedResidual'),
      },
      referenceMs: watch.referenceMs,
    };
  } finally {
    watch.stop();
  }
}

/** One after the other: two measurements at a time would spoil each other. */
async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** Times many small networks as multiples of the reference network's time around then. */
class RatioWatch {
  private readonly turns: number[] = [];
  private lastTurn = 0;

  private constructor(
    private readonly networks: Timer,
    private readonly reference: Timer,
    private readonly signal: AbortSignal,
  ) {}

  static async start(options: TimerOptions): Promise<RatioWatch> {
    const watch = new RatioWatch(Timer.start(options), Timer.start(options), options.signal);
    try {
      const reference = referenceNetwork();
      await watch.reference.load(encodeNetwork(reference), inputDims(reference));
      for (let i = 0; i < 3; i++) await watch.takeTurn();
      return watch;
    } catch (error) {
      watch.stop();
      throw error;
    }
  }

  async time(network: Node): Promise<number> {
    throwIfCancelled(this.signal);
    // Often enough to follow the machine's drift.
    const due = performance.now() - this.lastTurn > 1500;
    await this.networks.load(encodeNetwork(network), inputDims(network));
    const ms = await this.networks.time(30, { rest: due });
    if (due) await this.takeTurn();
    return Math.min(...ms) / median(this.turns.slice(-3));
  }

  get referenceMs(): number {
    return median(this.turns);
  }

  stop(): void {
    this.networks.stop();
    this.reference.stop();
  }

  private async takeTurn(): Promise<void> {
    // The fastest of a few short runs: what else happens on the machine only ever adds.
    this.turns.push(Math.min(...(await this.reference.time(60))));
    this.lastTurn = performance.now();
  }
}
