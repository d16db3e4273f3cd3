import type { ResultOf } from '../shared/results';

type Evaluated = ResultOf<'evaluate'>['models'][number];
type Gap = NonNullable<Evaluated['sets'][number]['gap']>;

/** Mean PSNR in dB over the folders. */
export const meanPsnr = ({ sets }: Pick<Evaluated, 'sets'>): number =>
  sets.reduce((sum, { psnr }) => sum + psnr, 0) / sets.length;

/** Whether no other model is as fast and better, or as good and faster. What was not timed is not on the front. */
export function isOnFront(model: Evaluated, all: readonly Evaluated[]): boolean {
  const { ratio } = model;
  if (ratio === null) return false;
  const [psnr, speed] = [meanPsnr(model), ratio];
  return !all.some((other) => {
    if (other === model || other.ratio === null) return false;
    const [theirs, their] = [meanPsnr(other), other.ratio];
    return theirs >= psnr && their <= speed && (theirs > psnr || their < speed);
  });
}

/**
 * What a model is to be measured against on the `set`-th folder: the best of all other networks of the run that are no
 * slower, and by how many dB the model is above it. Undefined for the fastest, and for what was not timed.
 */
export function gapOf(model: Evaluated, set: number, all: readonly Evaluated[]): Gap | undefined {
  const { ratio } = model;
  if (ratio === null) return undefined;
  const psnrOf = ({ sets }: Evaluated): number => sets[set]!.psnr;
  const rivals = all.filter((other) => other !== model && other.ratio !== null && other.ratio <= ratio);
  if (rivals.length === 0) return undefined;
  const best = rivals.reduce((a, b) => (psnrOf(b) > psnrOf(a) ? b : a));
  return { to: best.model, db: psnrOf(model) - psnrOf(best) };
}
