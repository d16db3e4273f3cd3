import { resultSchemas } from '../../../src-main/shared/results';
import type { ModelEntry } from '../../../src-main/shared/things';
import type { Outcome } from '../../components/verdict';
import type { TailorJob } from './tailorJob';

const resultSchema = resultSchemas.search.pick({
  psnr: true,
  msPerMP: true,
  refMsPerMP: true,
  ratio: true,
  budgetRatio: true,
});

/** What a search came to, beside the stock model that is nearest to its budget; undefined before it has ended. */
export function outcomeOf({ result, tailor }: TailorJob, models: readonly ModelEntry[]): Outcome | undefined {
  const parsed = resultSchema.safeParse(result);
  if (!parsed.success) return undefined;
  const { ratio, ...figures } = parsed.data;
  const { scale } = tailor;
  const distance = (of: number): number => Math.abs(Math.log(of / figures.budgetRatio));
  const [stock] = models
    .filter(({ card }) => card.kind === 'stock' && card.scale === scale)
    .map(({ here, card }) => here?.ratio ?? card.ratio)
    .sort((a, b) => distance(a) - distance(b));
  return { scale, ...figures, speedup: stock === undefined ? undefined : stock / ratio };
}
