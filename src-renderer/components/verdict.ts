import { budgetTolerance } from '../../src-main/shared/budget';
import { gainOverStock, worthwhileGain } from '../../src-main/shared/stock';
import { duration, number, t } from '../state/words.svelte';
import { gainOf, lessError, photoSeconds } from './figures';

/** What the verdict is about; speeds in milliseconds per output megapixel. */
export interface Outcome {
  scale: number;
  /** On held-out photos, in dB. */
  psnr: { model: number; bicubic: number; stock: number | null };
  rival?: { name: string; isKept?: true };
  msPerMP: number;
  refMsPerMP: number;
  /** The budget as ratio to the reference. */
  budgetRatio: number;
}

export interface Verdict {
  tone: 'good' | 'none';
  headline: string;
  sentences: string[];
}

/** Gains over plain enlarging below this many dB are within what another seed would give. */
const noticeable = 0.05;

/** What came out, in plain words; what is not good is said as plainly. */
export function verdictOf(outcome: Outcome): Verdict {
  const { rival } = outcome;
  const { model, stock } = outcome.psnr;
  const speed = speedSentence(outcome);
  const overPlain = gainOf(outcome);
  if (overPlain < noticeable)
    return { tone: 'none', headline: t('tailor.noGain'), sentences: [t('tailor.noGainWhy'), speed] };
  const sentences = [
    t('tailor.plainGain', { gain: number(overPlain, 2), error: Math.round(100 * lessError(overPlain)) }),
    speed,
  ];
  if (stock === null)
    return { tone: 'good', headline: t('tailor.gain', { gain: number(overPlain, 2) }), sentences };
  if (rival?.isKept)
    return {
      tone: 'none',
      headline: t('tailor.keepStock'),
      sentences: [t('tailor.stockIsKept', { name: rival.name }), ...sentences],
    };
  const gain = gainOverStock({ model, stock });
  const values = { gain: number(Math.abs(gain), 2), least: number(worthwhileGain, 1) };
  if (gain >= worthwhileGain) return { tone: 'good', headline: t('tailor.stockGain', values), sentences };
  const why = t(gain > -worthwhileGain ? 'tailor.keepStockEqual' : 'tailor.keepStockWorse', values);
  return { tone: 'none', headline: t('tailor.keepStock'), sentences: [why, ...sentences] };
}

function speedSentence({ msPerMP, refMsPerMP, budgetRatio }: Outcome): string {
  const allowed = budgetRatio * refMsPerMP;
  const off = msPerMP / allowed - 1;
  const values = {
    time: duration(photoSeconds(msPerMP)),
    allowed: duration(photoSeconds(allowed)),
    percent: Math.round(Math.abs(off) * 100),
  };
  if (Math.abs(off) <= budgetTolerance) return t('tailor.onBudget', values);
  return t(off > 0 ? 'tailor.overBudget' : 'tailor.underBudget', values);
}
