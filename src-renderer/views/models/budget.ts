import { budgetTolerance } from '../../../src-main/shared/budget';
import type { ModelCard } from '../../../src-main/shared/modelCard';
import { duration, t } from '../../state/words.svelte';

/** A budget as it was written ("fast", "4s/photo", "2.5ref"), in the user's words where there are some. */
export function budgetText(text: string): string {
  const word = text.toLowerCase();
  if (word === 'fast' || word === 'balanced' || word === 'best') return t(`models.${word}`);
  const seconds = /^([\d.]+)\s*s\/photo$/.exec(word)?.[1];
  return seconds === undefined ? text : t('models.secondsAPhoto', { time: duration(Number(seconds)) });
}

/** Whether the model keeps its budget, both as measured on the device that it was made on. */
export function budgetVerdict({ ratio, budget }: ModelCard): string {
  const off = ratio / budget.ratio - 1;
  if (off > budgetTolerance) return t('models.over', { share: off });
  return off < -budgetTolerance ? t('models.under', { share: -off }) : t('models.kept');
}
