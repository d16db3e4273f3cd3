import type { ModelEntry } from '../../../src-main/shared/things';
import { gainOf, photoSeconds } from '../../components/figures';

/** Milliseconds per output megapixel, as measured on this device where it was. */
export const paceOf = ({ here, card }: ModelEntry): number => (here ?? card).msPerMP;

/** The newest tailored model, else the stock one between fast and best, else the best stock one. */
export function preferred(models: readonly ModelEntry[]): ModelEntry | undefined {
  const newest = models
    .filter(({ card }) => card.kind === 'tailored')
    .sort((a, b) => b.card.created.localeCompare(a.card.created))[0];
  const stock = models
    .filter(({ card }) => card.kind === 'stock')
    .sort((a, b) => gainOf(b.card) - gainOf(a.card));
  return newest ?? stock.find(({ card }) => card.budget.text === 'balanced') ?? stock[0] ?? models[0];
}

/** Seconds for the photo that times are told for. */
export const usualSeconds = (model: ModelEntry): number => photoSeconds(paceOf(model));

export interface CurvePoint {
  name: string;
  kind: ModelEntry['card']['kind'];
  /** 0..1 from left (fast) to right (slow), and from bottom to top (better). */
  x: number;
  y: number;
}

export interface Curve {
  points: CurvePoint[];
  /** Round times and gains within the range. */
  seconds: { value: number; x: number }[];
  gains: { value: number; y: number }[];
}

const roundTimes = [0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800];

/** Where models stand between fast and good: time on a logarithmic scale against dB above bicubic. */
export function curveOf(models: readonly ModelEntry[]): Curve {
  const known = models.filter((model) => paceOf(model) > 0);
  const times = known.map((model) => Math.log(usualSeconds(model)));
  const gains = known.map(({ card }) => gainOf(card));
  const [left, right] = widened(Math.min(...times), Math.max(...times), Math.log(4));
  const [bottom, top] = widened(Math.min(0, ...gains), Math.max(...gains), 1);
  const x = (seconds: number): number => (Math.log(seconds) - left) / (right - left);
  const y = (gain: number): number => (gain - bottom) / (top - bottom);
  const step = top - bottom > 3 ? 1 : 0.5;
  const first = Math.ceil(bottom / step);
  const lines = Array.from({ length: Math.floor(top / step) - first + 1 }, (_, i) => (first + i) * step);
  return {
    points: known.map((model) => ({
      ...{ name: model.card.name, kind: model.card.kind },
      ...{ x: x(usualSeconds(model)), y: y(gainOf(model.card)) },
    })),
    seconds: roundTimes.map((value) => ({ value, x: x(value) })).filter((tick) => tick.x > 0 && tick.x < 1),
    gains: lines.map((value) => ({ value, y: y(value) })),
  };
}

/** A range with some room at both ends, and at least so long. */
function widened(from: number, to: number, least: number): [number, number] {
  const room = Math.max((to - from) * 0.12, (least - (to - from)) / 2);
  return [from - room, to + room];
}
