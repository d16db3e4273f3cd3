import type { ModelCard } from '../shared/modelCard';
import { defaultPhotoMp } from '../shared/budget';

/** Within this part of the budget a model counts as on it (DESIGN, figures to reach). */
export const budgetTolerance = 0.1;

/** A number as people write it: digits that matter, thousands apart. */
export function figure(value: number, digits = 3): string {
  return value.toLocaleString('en', { maximumSignificantDigits: Math.max(digits, wholeDigits(value)) });
}

const wholeDigits = (value: number): number => Math.max(1, Math.floor(Math.log10(Math.abs(value) || 1)) + 1);

/** Keeps a number and its unit on one line. */
const joined = '\u00a0';

export const decibels = (value: number): string => `${value.toFixed(2)}${joined}dB`;

/** "0.854 s", "12.1 s", "4.52 min", "2.11 h" at three digits. */
export function time(seconds: number, digits = 3): string {
  if (seconds < 90) return `${figure(seconds, digits)}${joined}s`;
  return seconds < 5400
    ? `${figure(seconds / 60, digits)}${joined}min`
    : `${figure(seconds / 3600, digits)}${joined}h`;
}

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${figure(number)} ${number === 1 ? one : many}`;

/** The photo that speeds are told for; its hyphen does not break. */
export const photoName = `${defaultPhotoMp}\u2011megapixel photo`;

/** Seconds that a result of `defaultPhotoMp` megapixels takes. */
export const photoSeconds = (msPerMP: number): number => (msPerMP * defaultPhotoMp) / 1000;

export interface Verdict {
  headline: string;
  sentences: string[];
}

/** What came out, in plain words; what is not good is said as plainly. */
export function verdictOf(card: ModelCard): Verdict {
  const { psnr, scale } = card;
  const gain = psnr.model - psnr.bicubic;
  const seconds = time(photoSeconds(card.msPerMP), 2);
  const makes = `a ${photoName} in ${seconds}`;
  const headline =
    gain >= 0.05
      ? `${decibels(gain)} closer to the original than bicubic, ${makes}.`
      : `No gain over bicubic yet.`;
  return {
    headline,
    sentences: [qualitySentence(gain, scale), speedSentence(card), stockSentence(psnr)].filter(
      (s) => s !== '',
    ),
  };
}

function qualitySentence(gain: number, scale: number): string {
  const held = `On photos that it has never seen, made ${scale} times smaller and enlarged again`;
  if (gain < 0.05)
    return `${held}, the model does not come closer to the originals than bicubic enlargement. Give the search more minutes or more photos.`;
  // PSNR is -10 log10 of the mean squared error.
  const less = Math.round((1 - 10 ** (-gain / 10)) * 100);
  return `${held}, the model leaves ${less}${joined}% less error (squared) than bicubic enlargement does.`;
}

function speedSentence({ msPerMP, refMsPerMP, budget }: ModelCard): string {
  const allowed = budget.ratio * refMsPerMP;
  const off = msPerMP / allowed - 1;
  const asked = `The budget “${budget.text}” allows ${time(photoSeconds(allowed))} for such a photo on this device`;
  const percent = `${Math.round(Math.abs(off) * 100)}${joined}%`;
  const found = `${asked}; measured, the model takes ${time(photoSeconds(msPerMP))}`;
  if (off > budgetTolerance) return `${found}: ${percent} more than allowed.`;
  return off < -budgetTolerance ? `${found}: ${percent} less.` : `${found}: on budget.`;
}

function stockSentence({ model, stock }: ModelCard['psnr']): string {
  if (stock === null) return '';
  return model > stock
    ? `The stock model of this speed reaches ${decibels(stock)}; this one is ${decibels(model - stock)} better.`
    : `The stock model of this speed reaches ${decibels(stock)}: keep the stock model.`;
}
