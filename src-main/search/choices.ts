import { Rng } from '../base/rng';
import { radiusAfterDrop, sparsestmax, type Relaxation } from './relax';
import { largest, type Candidates, type CandidateOp } from './space';

/** One simplex of the search: its live candidates with their logits. Serialisable as it is. */
export interface Choice {
  candidates: (string | number)[];
  logits: number[];
  /** Adam's moments of the logits. */
  m: number[];
  v: number[];
  /** What r^2 has lost by dropped candidates (METHOD B2), so that probabilities stay continuous. */
  shift: number;
  /** For each candidate, how many steps in a row its probability has been zero. */
  zeroSteps: number[];
}

export type Choices = Record<string, Choice>;

export const names = {
  exit: 'exit',
  fusion: 'fusion',
  trunk: 'trunk',
  inner: (cell: number) => `inner.${cell}`,
  op: (cell: number, position: number) => `op.${cell}.${position}`,
};

/** Paper's starting logits: 0.3 for paths, 1e-3 elsewhere, with a little noise since equal logits have no direction. */
export function initialChoices(space: Candidates, seed: number): Choices {
  const rng = new Rng(seed, 0xa1fa);
  const choice = (candidates: readonly (string | number)[], start: number): Choice => ({
    candidates: [...candidates],
    logits: candidates.map(() => start + 1e-3 * rng.normal()),
    m: candidates.map(() => 0),
    v: candidates.map(() => 0),
    shift: 0,
    zeroSteps: candidates.map(() => 0),
  });
  const choices: Choices = {
    [names.exit]: choice(space.exits, 0.3),
    [names.fusion]: choice(space.fusions, 1e-3),
    [names.trunk]: choice(space.trunk, 1e-3),
  };
  space.cells.forEach((cell, c) => {
    choices[names.inner(c)] = choice(cell.inner, 1e-3);
    cell.ops.forEach((ops, p) => (choices[names.op(c, p)] = choice(ops, 1e-3)));
  });
  return choices;
}

/** The live candidates, cut behind the last live exit: a cell with reach 0 is gone. */
export function liveCandidates(scale: Candidates['scale'], choices: Choices): Candidates {
  const list = <T>(name: string) => choices[name]!.candidates as T[];
  const exits = list<number>(names.exit);
  const cells = Math.max(...exits);
  return {
    scale,
    trunk: list<number>(names.trunk),
    exits,
    fusions: list<number | 'none'>(names.fusion),
    cells: Array.from({ length: cells }, (_, c) => ({
      inner: list<number>(names.inner(c)),
      ops: [0, 1].map((p) => list<CandidateOp>(names.op(c, p))),
    })),
  };
}

/** Radius of one choice at the schedule's r. */
export const radiusOf = (choice: Choice, r: number): number => Math.sqrt(Math.max(0, r * r - choice.shift));

export type Relaxed = Record<string, Relaxation>;

/** Probabilities of all choices at the schedule's radius r. */
export function relax(choices: Choices, r: number): Relaxed {
  return Object.fromEntries(
    Object.entries(choices).map(([name, c]) => [name, sparsestmax(c.logits, radiusOf(c, r))]),
  );
}

/**
 * The same choices with one candidate drawn for each, by its probability. Weights learn on drawn networks: in a soft
 * mixture they would make up for any factor below one, so that the loss would not miss an operation or a channel until
 * it is gone. The soft network is then the mean over draws, as with dropout, and its gradient tells what a candidate is
 * worth (binary paths, ProxylessNAS; ordered dropout of channels, NetAdaptV2).
 */
export function drawOne(relaxed: Relaxed, rng: Rng): Relaxed {
  const draw = ({ p }: Relaxation): Relaxation => {
    let left = rng.next();
    const drawn = p.findIndex((x) => (left -= x) < 0);
    return certain(p.length, drawn < 0 ? p.indexOf(Math.max(...p)) : drawn);
  };
  return Object.fromEntries(Object.entries(relaxed).map(([name, soft]) => [name, draw(soft)]));
}

/** A choice that was made: one-hot, with no gradient. */
const certain = (length: number, at: number): Relaxation => ({
  p: new Float64Array(length).fill(1, at, at + 1),
  backward: () => new Float64Array(length),
  firstFace: 1,
});

/** Counts zero steps; call once a step. */
export function noteZeros(choices: Choices, relaxed: Relaxed): void {
  for (const [name, choice] of Object.entries(choices))
    choice.zeroSteps = choice.zeroSteps.map((n, i) => (relaxed[name]!.p[i] === 0 ? n + 1 : 0));
}

/** How far probabilities may move when candidates are dropped. */
const continuity = 1e-6;

/**
 * Drops the candidates whose probability has been zero for `patience` steps, and returns whether any was. A choice
 * waits while dropping would make its probabilities jump, as when a candidate has come back since its zeros were counted.
 */
export function dropZeros(choices: Choices, r: number, patience: number): boolean {
  let dropped = false;
  for (const choice of Object.values(choices)) {
    const kept = choice.zeroSteps.flatMap((n, i) => (n < patience ? [i] : []));
    if (kept.length === choice.candidates.length || kept.length === 0) continue;
    const smaller = dropFrom(choice, kept, r);
    if (!smaller) continue;
    Object.assign(choice, smaller);
    dropped = true;
  }
  return dropped;
}

function dropFrom(choice: Choice, kept: readonly number[], r: number): Choice | undefined {
  const radius = radiusOf(choice, r);
  const before = sparsestmax(choice.logits, radius);
  const pick = <T>(list: readonly T[]): T[] => kept.map((i) => list[i]!);
  const logits = pick(choice.logits);
  // Candidates zeroed by the first projection leave r alone; those zeroed by radial pushes take their share of r^2.
  const after = radiusAfterDrop(radius, before.firstFace, sparsestmax(logits, 0).firstFace);
  const { p } = sparsestmax(logits, after);
  if (p.some((x, i) => Math.abs(x - before.p[kept[i]!]!) > continuity)) return undefined;
  return {
    candidates: pick(choice.candidates),
    logits,
    m: pick(choice.m),
    v: pick(choice.v),
    shift: choice.shift + (radius * radius - after * after),
    zeroSteps: pick(choice.zeroSteps),
  };
}

/** The most probable candidate of every choice, as a space with nothing left to choose. */
export function mostProbable(scale: Candidates['scale'], choices: Choices, relaxed: Relaxed): Candidates {
  const decided = Object.fromEntries(
    Object.entries(choices).map(([name, choice]) => {
      const { p } = relaxed[name]!;
      const best = choice.candidates[p.indexOf(Math.max(...p))]!;
      return [name, { ...choice, candidates: [best] }];
    }),
  );
  return liveCandidates(scale, decided);
}

/** An identity at the end of a cell passes no more channels on than the trunk has: wider inside is for nothing. */
export function withoutUnused(decided: Candidates): Candidates {
  const cells = decided.cells.map((cell) => {
    const passes = cell.ops.at(-1)![0] === 'identity';
    return passes ? { ...cell, inner: [Math.min(cell.inner[0]!, decided.trunk[0]!)] } : cell;
  });
  return { ...decided, cells };
}

/** Nested soft mask: channel c counts with the probability that the width exceeds it (METHOD B2). */
export function widthMask(widths: readonly number[], p: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: largest(widths) }, (_, c) =>
    widths.reduce((sum, width, k) => sum + (width > c ? p[k]! : 0), 0),
  );
}

/** dL/dmask to dL/dp of {@link widthMask}. */
export function widthMaskGradient(widths: readonly number[], grad: ArrayLike<number>): number[] {
  return widths.map((width) => {
    let sum = 0;
    for (let c = 0; c < width; c++) sum += grad[c]!;
    return sum;
  });
}

/** reach[c] = probability that cell c (from 0) runs = sum of the exits behind it; never rises along the path. */
export function reachOf(exits: readonly number[], p: ArrayLike<number>, cells: number): number[] {
  return Array.from({ length: cells }, (_, c) =>
    exits.reduce((sum, exit, i) => sum + (exit > c ? p[i]! : 0), 0),
  );
}
