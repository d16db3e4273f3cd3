import { Rng } from '../../src-main/base/rng';
import type { Belief, Job, Point } from '../../src-main/shared/things';

const ops = ['identity', 'conv3x3', 'sep3x3', 'sep5x5', 'invertedResidual', 'edgeConv3x3'];
const widths = ['8', '12', '16', '24', '32'];

/** A belief as a search has it at progress `t`: all open at 0, a single network at 1. Exits favour the middle. */
export function fakeBelief(t: number, cells = 8): Belief {
  const rng = new Rng(7);
  const choice = (names: readonly string[], liked?: number): Belief['exits'] => {
    const scores = names.map((_, i) => rng.next() + (liked === undefined ? 0 : i === liked ? 1 : 0));
    const powers = scores.map((score) => Math.exp(14 * t * t * (score - Math.max(...scores))));
    const alive = powers.map((power) => (power < 0.9 * t ? 0 : power));
    const sum = alive.reduce((a, b) => a + b, 0);
    return names.map((name, i) => ({ name, p: alive[i]! / sum })).filter(({ p }) => p > 0);
  };
  const numbers = Array.from({ length: cells }, (_, i) => i);
  const exits = choice(
    numbers.map((i) => String(i + 1)),
    Math.round(0.6 * cells),
  );
  const deepest = Math.max(...exits.map(({ name }) => Number(name)));
  return {
    exits,
    fusions: choice(['none', ...numbers.map(String)], 2),
    trunk: choice(widths),
    cells: numbers.map(() => ({ inner: choice(widths), ops: [choice(ops), choice(ops)] })).slice(0, deepest),
  };
}

const searchPoints = 12;

/** The points of a search as it is usually: `count` of them, of which the first twelve are searching. */
export function fakePoints(count: number): Point[] {
  return Array.from({ length: count }, (_, i) => {
    const searching = i < searchPoints;
    const wave = Math.sin(2.3 * i);
    const base = {
      step: 40 * (i + 1),
      seconds: 14 * (i + 1),
      loss: 0.012 + 0.05 * Math.exp(-i / 4) + 0.0006 * wave,
      psnr: 33.4 - 4.5 * Math.exp(-i / 6) + 0.05 * wave,
      msPerStep: searching ? 320 - 18 * i : 95 + 2 * wave,
    };
    if (!searching) return { ...base, stage: 'tune' };
    const t = (i + 1) / searchPoints;
    const alive = { network: 8.5 - 7.5 * t, cell: 6 - 5 * t, kernel: 5 - 4 * t };
    const search = {
      ...{ radius: t, lambda: 0.4 * Math.sin(3 * t), alive, support: Math.round(216 - 190 * t) },
      expectedRatio: 0.8 + 2.2 * (1 - t) ** 2 - 0.05 * wave * (1 - t),
    };
    return { ...base, stage: 'search', search };
  });
}

/** A running search; `parts` says where it is. */
export function fakeSearchJob(parts: Partial<Job> = {}, tailor: Partial<Job['tailor']> = {}): Job {
  return {
    ...{ id: 'search', kind: 'tailor', title: 'Lisbon x2 fast', state: 'running' },
    ...{ phase: 'searching', fraction: 0.2 },
    tailor: {
      ...{ model: 'Lisbon x2 fast', scale: 2, budget: 0.8, budgetText: 'fast', minutes: 10 },
      ...{ bicubicOnCrops: 30.2, belief: null, crop: null },
      ...tailor,
    },
    ...parts,
  };
}
