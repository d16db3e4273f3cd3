import { reportOf, type Sample } from '../../src-main/report/reportData';
import { parseGenotype } from '../../src-main/search/genotype';
import type { Report } from '../../src-main/shared/report';
import type { RunRecord } from '../../src-main/train/record';
import type { HistoryPoint } from '../../src-main/train/state';
import { leaves } from '../image/samples';
import { fakeCard } from '../support/fakeCard';

/** The record of a made-up run with everything filled in. */
export function fakeRecord(parts: Partial<RunRecord> = {}): RunRecord {
  const genotype = 'x2 c24 f1 | edge3 16 conv3 | id 24 sep5 | ir 32 id';
  return {
    card: fakeCard({ genotype }),
    candidates: parseGenotype(genotype),
    history: fakeHistory(),
    bicubicOnCrops: 30.5,
    photos: { train: 40, heldOut: 8, reduced: 3, leftOut: [{ path: 'torn.jpg', reason: 'it is cut off' }] },
    refinement: { found: genotype, before: 0.91, after: 0.79 },
    ...parts,
  };
}

/** A report on it. */
export const fakeReport = (
  parts: Partial<RunRecord> = {},
  samples: readonly Sample[] = [fakeSample('Red panda', true), fakeSample('Osprey', false)],
): Report => reportOf(fakeRecord(parts), samples);

export function fakeSample(title: string, withOriginal: boolean): Sample {
  const [bicubic, tailored, original] = [1, 2, 3].map((seed) => leaves(24, 16, seed));
  return { title, bicubic: bicubic!, tailored: tailored!, ...(withOriginal && { original: original! }) };
}

function fakeHistory(): HistoryPoint[] {
  return Array.from({ length: 20 }, (_, i) => {
    const searching = i < 8;
    const base = {
      step: 10 * i + 1,
      seconds: 5 + 10 * i,
      loss: 0.1 / (i + 1),
      psnr: 29 + i / 5,
      msPerStep: 90 - i,
    };
    if (!searching) return { ...base, stage: 'tune' };
    const alive = { network: 5 - i / 2, cell: 6 - i / 2, kernel: 5 - i / 2 };
    const search = {
      radius: i / 8,
      lambda: i / 10 - 0.2,
      expectedRatio: 2 - i / 8,
      alive,
      support: 100 - 9 * i,
    };
    return { ...base, stage: 'search', search };
  });
}
