import type { Scale } from '../../../src-main/shared/modelCard';
import type { ModelEntry } from '../../../src-main/shared/things';
import { gainOf } from '../../components/figures';

export const orders = ['newest', 'fastest', 'sharpest', 'byName'] as const;
export type Order = (typeof orders)[number];

/** Where it was measured here that counts; else what it was where it was made, since ratios carry over roughly. */
const ratioOf = ({ here, card }: ModelEntry): number => here?.ratio ?? card.ratio;

const before: Record<Order, (a: ModelEntry, b: ModelEntry) => number> = {
  newest: (a, b) => Date.parse(b.card.created) - Date.parse(a.card.created),
  fastest: (a, b) => ratioOf(a) - ratioOf(b),
  sharpest: (a, b) => gainOf(b.card) - gainOf(a.card),
  byName: (a, b) => a.card.name.localeCompare(b.card.name, undefined, { numeric: true }),
};

/** The models of a scale, or all for undefined, the user's own apart from those that come with the app. */
export function arrange(
  models: readonly ModelEntry[],
  order: Order,
  scale: Scale | undefined,
): { own: ModelEntry[]; stock: ModelEntry[] } {
  const fitting = models
    .filter(({ card }) => scale === undefined || card.scale === scale)
    .toSorted(before[order]);
  return { own: fitting.filter(({ own }) => own), stock: fitting.filter(({ own }) => !own) };
}
