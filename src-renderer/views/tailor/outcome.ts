import { resultSchemas } from '../../../src-main/shared/results';
import type { Outcome } from '../../components/verdict';
import type { TailorJob } from './tailorJob';

const resultSchema = resultSchemas.search.pick({
  psnr: true,
  rival: true,
  msPerMP: true,
  refMsPerMP: true,
  budgetRatio: true,
});

/** What a search came to; undefined before it has ended. */
export function outcomeOf({ result, tailor }: TailorJob): Outcome | undefined {
  const { data } = resultSchema.safeParse(result);
  return data && { scale: tailor.scale, ...data };
}
