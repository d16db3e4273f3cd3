import { searchPhases } from '../../../src-main/shared/progress';
import type { Job } from '../../../src-main/shared/things';

/** What a search does, one after the other, in the order of `searchPhases`. */
export const steps = ['device', 'photos', 'search', 'cut', 'train', 'check'] as const;

/** Where each step ends within a whole search, for phases that are none of its own (an engine that starts again). */
const ends = [0.02, 0.04, 0.31, 0.34, 0.97];

/** Index of the step that a search is at; the number of steps for one that is done. */
export function stepOf({ phase, fraction, state }: Pick<Job, 'phase' | 'fraction' | 'state'>): number {
  if (state === 'done') return steps.length;
  const known = searchPhases.findIndex((name) => name === phase);
  if (known >= 0) return known;
  return ends.filter((end) => fraction >= end).length;
}
