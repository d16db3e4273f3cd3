import { UserError } from '../base/errors';
import type { Scale } from './modelCard';

/** The named budgets, as ratios to the reference network's time on the same device (DESIGN, command line contract). */
const namedBudgets: Record<Scale, Record<'fast' | 'balanced' | 'best', number>> = {
  2: { fast: 0.8, balanced: 3, best: 11 },
  3: { fast: 0.7, balanced: 2, best: 5 },
  4: { fast: 0.6, balanced: 1.4, best: 2.8 },
};

/** Within this part of the budget a model counts as on it (DESIGN, figures to reach). */
export const budgetTolerance = 0.1;

/** Megapixels of the photo that `s/photo` speaks of, unless `--photo-mp` says otherwise. */
export const defaultPhotoMp = 12;

/** A budget as written: a ratio to the reference network or milliseconds per output megapixel, the other still unknown. */
export interface WrittenBudget {
  text: string;
  ratio?: number;
  msPerMP?: number;
}

/** A budget on one device: `ratio = msPerMP / refMsPerMP`. */
export type Budget = Required<WrittenBudget>;

const measure = /^(\d+(?:\.\d+)?|\.\d+)\s*(ref|ms\/mp|s\/photo)$/;

/**
 * Reads a budget: `fast`, `balanced`, `best`, `2.5ref`, `45ms/MP`, or `4s/photo` for photos of `photoMp` output megapixels.
 * With the reference network's measured `refMsPerMP` the result is complete; without it an absolute budget has no
 * `ratio` and a relative one no `msPerMP`. Throws a {@link UserError} that says what is accepted.
 */
export function parseBudget(text: string, scale: Scale, refMsPerMP: number, photoMp?: number): Budget;
export function parseBudget(text: string, scale: Scale, refMsPerMP?: number, photoMp?: number): WrittenBudget;
export function parseBudget(
  text: string,
  scale: Scale,
  refMsPerMP?: number,
  photoMp = defaultPhotoMp,
): WrittenBudget {
  const written = read(text.trim(), scale, photoMp);
  if (refMsPerMP === undefined) return written;
  const ratio = written.ratio ?? (written.msPerMP ?? NaN) / refMsPerMP;
  return { text: written.text, ratio, msPerMP: ratio * refMsPerMP };
}

function read(text: string, scale: Scale, photoMp: number): WrittenBudget {
  const word = text.toLowerCase();
  const names = namedBudgets[scale];
  if (word === 'fast' || word === 'balanced' || word === 'best') return { text, ratio: names[word] };
  const [, digits, unit] = measure.exec(word) ?? [];
  const amount = Number(digits);
  if (!(amount > 0)) {
    throw new UserError(`Expected ${budgetForms} for --budget but received ${JSON.stringify(text)}.`);
  }
  if (unit === 'ref') return { text, ratio: amount };
  return { text, msPerMP: unit === 'ms/mp' ? amount : (amount * 1000) / photoMp };
}

/** What `--budget` accepts, for error messages and help. */
export const budgetForms =
  'fast, balanced, best, a multiple of the reference network like 2.5ref, or a time above 0 like 45ms/MP or 4s/photo';
