/** What can be searched: the candidates of each of the three levels. */

/** Cell level: candidates of a mixed position, in the order of their logits. */
export const opNames = [
  'identity',
  'conv3x3',
  'sep3x3',
  'sep5x5',
  'invertedResidual',
  'edgeConv3x3',
] as const;
export type CandidateOp = (typeof opNames)[number];

export const positionsPerCell = 2;

/** How much wider an inverted residual is inside (1x1 up, depthwise, 1x1 down). */
export const expansion = 2;

export interface Space {
  scale: 2 | 3 | 4;
  /** Cells of the longest path; there is an exit behind each (network level). */
  cells: number;
  /** Kernel level: the five widths of trunk and cells, rising. */
  widths: readonly number[];
}

/** Widths by the largest: multiples that vector units like, rising by about a third. */
const widthTables: Readonly<Record<number, readonly number[]>> = {
  32: [8, 12, 16, 24, 32],
  48: [16, 24, 32, 40, 48],
  64: [16, 32, 40, 48, 64],
};

interface Rung {
  width: keyof typeof widthTables;
  cells: number;
}

/** The greatest width of the default spaces; what is still to grow then grows in depth. */
export const mostWidth = Math.max(...Object.keys(widthTables).map(Number));

/** Default spaces from small to large. */
const ladder: readonly Rung[] = [
  { width: 32, cells: 6 },
  { width: 32, cells: 8 },
  { width: 48, cells: 6 },
  { width: 48, cells: 8 },
  { width: 48, cells: 12 },
  { width: 64, cells: 12 },
  { width: 64, cells: 16 },
  { width: 64, cells: 20 },
  { width: 64, cells: 28 },
];

const spaceOf = (scale: Space['scale'], { width, cells }: Rung): Space => ({
  scale,
  cells,
  widths: widthTables[width]!,
});

/** The largest default space. Its largest net leaves the budget `best` its headroom, with some to spare. */
export const largestSpace = (scale: Space['scale']): Space => spaceOf(scale, ladder.at(-1)!);

/** The space of the starter supernet, which searches of all budgets take their first weights from. */
export const starterSpace = (scale: Space['scale']): Space => ({ scale, cells: 6, widths: widthTables[32]! });

/** A search is worth its name when its largest net costs at least this multiple of the budget. */
export const headroom = 2.5;

/**
 * The smallest default space whose largest net costs at least {@link headroom} times the budget, by `cost`, the
 * predicted ratio to the reference of a space's largest net; undefined when the budget is too large for all of them.
 */
export function defaultSpace(
  scale: Space['scale'],
  budgetRatio: number,
  cost: (space: Space) => number,
): Space | undefined {
  return ladder.map((rung) => spaceOf(scale, rung)).find((space) => cost(space) >= headroom * budgetRatio);
}

/**
 * What is still alive of a space: candidates by choice. A search starts with all of them and ends with one each, so
 * a genotype is the same thing with nothing left to choose, and one builder makes supernets and finished networks.
 */
export interface Candidates {
  scale: Space['scale'];
  /** Trunk widths (network input to tail), rising. */
  trunk: readonly number[];
  /** Exits, as the number of cells run. */
  exits: readonly number[];
  /** Earlier features added before the tail: 0 = stem, j = cell j's output, 'none'. */
  fusions: readonly (number | 'none')[];
  cells: readonly CellCandidates[];
}

export interface CellCandidates {
  /** Widths between the positions of the cell. */
  inner: readonly number[];
  /** One list a position. */
  ops: readonly (readonly CandidateOp[])[];
}

export function allCandidates({ scale, cells, widths }: Space): Candidates {
  const depths = Array.from({ length: cells }, (_, i) => i);
  return {
    scale,
    trunk: widths,
    exits: depths.map((i) => i + 1),
    fusions: ['none', ...depths],
    cells: depths.map(() => ({
      inner: widths,
      ops: Array.from({ length: positionsPerCell }, () => opNames),
    })),
  };
}

/** The same with one operation only, the one that all others can be projected from. */
export function denseCandidates(space: Space): Candidates {
  const all = allCandidates(space);
  const dense = Array.from({ length: positionsPerCell }, () => ['edgeConv3x3'] as const);
  return { ...all, cells: all.cells.map((cell) => ({ ...cell, ops: dense })) };
}

/** Those of the fusions that a network which leaves at `exit` can have. */
export const fusionsBefore = (exit: number, fusions: Candidates['fusions']): Candidates['fusions'] =>
  fusions.filter((feature) => feature === 'none' || feature < exit);

/** Nothing left to choose. */
export function isDecided({ trunk, exits, fusions, cells }: Candidates): boolean {
  const single = (list: readonly unknown[]) => list.length === 1;
  return [trunk, exits, fusions].every(single) && cells.every((c) => single(c.inner) && c.ops.every(single));
}

/** Whether a network with nothing left to choose is one of those that are still `alive`. */
export function isAmong(network: Candidates, alive: Candidates): boolean {
  const has = <T>(list: readonly T[], [one]: readonly T[]): boolean => list.includes(one!);
  const { trunk, exits, fusions, cells } = network;
  if (!has(alive.trunk, trunk) || !has(alive.exits, exits) || !has(alive.fusions, fusions)) return false;
  return cells.slice(0, exits[0]).every(({ inner, ops }, c) => {
    const cell = alive.cells[c]!;
    return has(cell.inner, inner) && ops.every((op, position) => has(cell.ops[position]!, op));
  });
}

/** Whether a decided network has all that another has, in the same places, whose function it can take over then. */
export function contains(large: Candidates, small: Candidates): boolean {
  return (
    large.trunk[0]! >= small.trunk[0]! &&
    large.fusions[0] === small.fusions[0] &&
    small.cells.every(({ inner, ops }, c) => {
      const cell = large.cells[c];
      return (
        cell && cell.inner[0]! >= inner[0]! && ops.every(([op], position) => cell.ops[position]![0] === op)
      );
    })
  );
}

export const largest = (widths: readonly number[]): number => Math.max(...widths);

/** The space's largest net: every position a convolution, as wide and as deep as it gets. */
export const largestNet = (space: Space): Candidates =>
  plainNet(space.scale, largest(space.widths), space.cells);

/** A uniform network of conv3x3 cells with nothing left to choose. */
export function plainNet(
  scale: Space['scale'],
  width: number,
  cells: number,
  op: CandidateOp = 'conv3x3',
): Candidates {
  return {
    scale,
    trunk: [width],
    exits: [cells],
    fusions: ['none'],
    cells: Array.from({ length: cells }, () => ({ inner: [width], ops: [[op], [op]] })),
  };
}
