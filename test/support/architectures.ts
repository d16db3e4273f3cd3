import fc from 'fast-check';
import { Rng } from '../../src-main/base/rng';
import type { ParamLayout } from '../../src-main/nn/params';
import { names, type Relaxed } from '../../src-main/search/choices';
import type { Relaxation } from '../../src-main/search/relax';
import type { CandidateOp, Candidates } from '../../src-main/search/space';

/** Architectures with nothing left to choose, out of a set of candidates; cut behind their exit. */
export function decidedOf(all: Candidates): fc.Arbitrary<Candidates> {
  const from = <T>(list: readonly T[]): fc.Arbitrary<T[]> => fc.constantFrom(...list).map((one) => [one]);
  const cell = ({ inner, ops }: Candidates['cells'][number]) =>
    fc.record({ inner: from(inner), ops: fc.tuple(...ops.map((list) => from<CandidateOp>(list))) });
  return fc
    .record({
      scale: fc.constant(all.scale),
      trunk: from(all.trunk),
      exits: from(all.exits),
      fusions: from(all.fusions),
      cells: fc.tuple(...all.cells.map(cell)),
    })
    .map((found) => ({ ...found, cells: found.cells.slice(0, found.exits[0]) }));
}

/** Probabilities with no logits behind them. */
const given = (p: ArrayLike<number>): Relaxation => ({
  p: Float64Array.from(p),
  backward: () => {
    throw new Error('Given probabilities have no logits');
  },
  firstFace: p.length,
});

/** All choices of a set of candidates, by the names that the search gives them. */
function choicesOf({ trunk, exits, fusions, cells }: Candidates): Record<string, readonly unknown[]> {
  const all: Record<string, readonly unknown[]> = {
    [names.trunk]: trunk,
    [names.exit]: exits,
    [names.fusion]: fusions,
  };
  cells.forEach(({ inner, ops }, c) => {
    all[names.inner(c)] = inner;
    ops.forEach((list, p) => (all[names.op(c, p)] = list));
  });
  return all;
}

/** One-hot choices that pick a decided architecture; what it has cut away picks its first candidate. */
export function oneHot(all: Candidates, decided: Candidates): Relaxed {
  const picked = choicesOf(decided);
  const hot = (name: string, list: readonly unknown[]): number[] => {
    const at = Math.max(0, list.indexOf(picked[name]?.[0]));
    return list.map((_, i) => Number(i === at));
  };
  return Object.fromEntries(
    Object.entries(choicesOf(all)).map(([name, list]) => [name, given(hot(name, list))]),
  );
}

/**
 * Random soft choices, every candidate above zero. All are multiples of 1/1024, so that sums and products of two of
 * them are exact in float32 too.
 */
export function softChoices(all: Candidates, seed: number): Relaxed {
  const rng = new Rng(seed, 0x50f7);
  const soft = (count: number): number[] => {
    const cuts = rng.shuffle(Array.from({ length: 1023 }, (_, i) => i + 1)).slice(0, count - 1);
    const edges = [0, ...cuts.sort((a, b) => a - b), 1024];
    return edges.slice(1).map((edge, i) => (edge - edges[i]!) / 1024);
  };
  return Object.fromEntries(
    Object.entries(choicesOf(all)).map(([name, list]) => [name, given(soft(list.length))]),
  );
}

/** The choices with one probability moved, the others as they are (off the simplex). */
export function nudged(relaxed: Relaxed, name: string, k: number, by: number): Relaxed {
  const { p } = relaxed[name]!;
  return { ...relaxed, [name]: given(p.with(k, p[k]! + by)) };
}

/** Starting weights with noise on top, so that no bias is zero and no branch silent. */
export function noisyWeights(layout: ParamLayout, seed: number): Float32Array {
  const rng = new Rng(seed, 0x90155);
  return layout.initial(seed).map((x) => x + 0.05 * rng.normal());
}

/** A picture [n, 3, h, w] of random values in 0..1. */
export function randomPicture(count: number, seed: number): Float32Array {
  const rng = new Rng(seed, 0x91c);
  return Float32Array.from({ length: count }, () => rng.next());
}
