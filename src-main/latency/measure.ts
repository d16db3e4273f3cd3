import { throwIfCancelled } from '../base/errors';
import {
  encodeNetwork,
  inputDims,
  referenceMegapixels,
  referenceNetwork,
  tileDims,
  tileSide,
} from './networks';
import { Timer, type TimerOptions } from './timer';

/** How long a model takes on this device (METHOD B3, "What is measured"). `msPerMP = ratio * refMsPerMP`. */
export interface Timing {
  /** Milliseconds per output megapixel, of the model and of the reference network. */
  msPerMP: number;
  refMsPerMP: number;
  ratio: number;
  /** How far apart all rounds lay: half the distance between their quartiles, as a fraction of the ratio. */
  spread: number;
}

/**
 * Whether a timing says anything. On a processor that something else keeps busy a network's turn can take from a tenth to
 * ten times what it should, and the reference's as well; a few percent are usual.
 */
export const isSteady = ({ spread }: Timing): boolean => spread < 0.2;

export interface MeasureOptions extends TimerOptions {
  /** Longest time to spend on one model (default 5). */
  seconds?: number;
}

/** Milliseconds of a turn: long against the switch between the processes, short against the machine's drift. */
const turn = 100;

/**
 * After so many rounds both processes are started anew: where a process's memory happens to lie can change a network's
 * time by a third, and stays the same for as long as it lives.
 */
const roundsPerLoad = 2;

/** A process for the model and one for the reference network. */
interface Pair {
  model: Timer;
  reference: Timer;
}

/**
 * Times models against the reference network: the two take turns, each in a process of its own that is quiet while
 * the other works. One meter serves many models.
 */
export class Meter {
  private pair: Pair | undefined;

  constructor(private readonly options: MeasureOptions) {}

  /** `bytes`: an ONNX model that takes [1, 3, h, w] and returns `scale` times the size. */
  async measure(bytes: Uint8Array, scale: number): Promise<Timing> {
    const { seconds = 5, signal } = this.options;
    const rounds: Round[] = [];
    let pair: Pair | undefined;
    let before = 0;
    const end = performance.now() + seconds * 1000;
    while (rounds.length < 3 * roundsPerLoad || (performance.now() < end && !settled(undisturbed(rounds)))) {
      throwIfCancelled(signal);
      if (!pair || rounds.length % roundsPerLoad === 0) {
        pair = await this.startPair(bytes);
        before = median(await pair.reference.time(turn));
      }
      const own = median(await pair.model.time(turn));
      const after = median(await pair.reference.time(turn));
      // The reference just before and just after: a drift of the machine cancels out.
      rounds.push({ own, reference: (before + after) / 2 });
      before = after;
    }
    const kept = undisturbed(rounds);
    const perTile = median(kept.map(ratioOf));
    const ratio = (perTile * referenceMegapixels) / ((scale * tileSide) ** 2 / 1e6);
    const refMsPerMP = median(kept.map(({ reference }) => reference)) / referenceMegapixels;
    return {
      msPerMP: ratio * refMsPerMP,
      refMsPerMP,
      ratio,
      spread: halfQuartiles(rounds.map(ratioOf)) / perTile,
    };
  }

  /** Starts both processes anew and lets model and reference run warm. */
  private async startPair(bytes: Uint8Array): Promise<Pair> {
    this.stop();
    const pair = { model: Timer.start(this.options), reference: Timer.start(this.options) };
    this.pair = pair;
    const reference = referenceNetwork();
    await pair.model.load(bytes, tileDims);
    await pair.reference.load(encodeNetwork(reference), inputDims(reference));
    await pair.model.time(turn);
    await pair.reference.time(turn);
    return pair;
  }

  stop(): void {
    this.pair?.model.stop();
    this.pair?.reference.stop();
    this.pair = undefined;
  }
}

/** Times one model; see {@link Meter}. */
export async function measureRatio(
  bytes: Uint8Array,
  { scale, ...options }: MeasureOptions & { scale: number },
): Promise<Timing> {
  const meter = new Meter(options);
  try {
    return await meter.measure(bytes, scale);
  } finally {
    meter.stop();
  }
}

/** Milliseconds a tile of the model, and of the reference network around it. */
interface Round {
  own: number;
  reference: number;
}

const ratioOf = ({ own, reference }: Round): number => own / reference;

/**
 * The rounds that nothing else on the machine slowed down. Model and reference count alike in this, so that leaving
 * rounds out favours neither.
 */
function undisturbed(rounds: readonly Round[]): readonly Round[] {
  const best = { own: least(rounds, 'own'), reference: least(rounds, 'reference') };
  const slowness = rounds.map(({ own, reference }) => own / best.own + reference / best.reference);
  const limit = 1.1 * quantile(slowness, 0.2);
  return rounds.filter((_, i) => slowness[i]! <= limit);
}

const least = (rounds: readonly Round[], key: keyof Round): number =>
  Math.min(...rounds.map((round) => round[key]));

/** Enough rounds once the median's standard error is below 0.5 % (for normal noise: 1.86 half-quartiles / sqrt n). */
function settled(rounds: readonly Round[]): boolean {
  if (rounds.length < 8) return false;
  const ratios = rounds.map(ratioOf);
  return (1.86 * halfQuartiles(ratios)) / Math.sqrt(ratios.length) < 0.005 * median(ratios);
}

const halfQuartiles = (values: readonly number[]): number =>
  (quantile(values, 0.75) - quantile(values, 0.25)) / 2;

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The value below which the fraction `at` of the values lies, linear between them. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = at * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(position)]!, sorted[Math.ceil(position)]!];
  return low + (high - low) * (position % 1);
}
