import { parseBudget } from '../../../src-main/shared/budget';
import type { Scale } from '../../../src-main/shared/modelCard';
import type { ModelEntry, SpeedCurve } from '../../../src-main/shared/things';
import { gainOf, photoSeconds } from '../../components/figures';

export const stops = ['fast', 'balanced', 'best'] as const;
export type Stop = (typeof stops)[number];

/** The ratio to the reference that a named stop stands for. */
export const ratioOf = (stop: Stop, scale: Scale): number => parseBudget(stop, scale).ratio!;

/** Steps of the slider: speeds differ by factors, so each step is one of equal factors. */
export const sliderSteps = 400;

export const ratioAt = ({ from, to }: SpeedCurve, step: number): number =>
  from * (to / from) ** (step / sliderSteps);

export const stepAt = ({ from, to }: SpeedCurve, ratio: number): number =>
  Math.round((sliderSteps * Math.log(ratio / from)) / Math.log(to / from));

/** Seconds for a 12-megapixel photo on this device. */
export const secondsAt = ({ refMsPerMP }: SpeedCurve, ratio: number): number =>
  photoSeconds(ratio * refMsPerMP);

/** How a budget is written for the engine: a stop by its name, else as a multiple of the reference. */
export function budgetText(ratio: number, scale: Scale): string {
  const stop = stops.find((name) => Math.abs(ratioOf(name, scale) / ratio - 1) < 0.005);
  return stop ?? `${Number(ratio.toPrecision(3))}ref`;
}

export interface KnownModel {
  name: string;
  stock: boolean;
  ratio: number;
  /** dB above bicubic. */
  gain: number;
}

/** Models of a scale whose speed and quality are known, for dots beside the curve. */
export function knownModels(models: readonly ModelEntry[], scale: Scale): KnownModel[] {
  return models.flatMap(({ card, here }) => {
    const ratio = here?.ratio ?? card.ratio;
    if (card.scale !== scale || !(ratio > 0)) return [];
    return {
      name: card.name,
      stock: card.kind === 'stock',
      ratio,
      gain: gainOf(card),
    };
  });
}
