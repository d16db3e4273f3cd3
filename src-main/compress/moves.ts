import { mostWidth, opNames, type Candidates, type CellCandidates } from '../search/space';

// The small changes of a network with nothing left to choose.

/** Widths are changed in steps that vector units like, small ones less so. */
const widthStep = (width: number): number => (width < 16 ? 4 : 8);
const leastWidth = 8;

/** Networks of other sizes, one or two steps away. */
export function neighbours(candidates: Candidates): Candidates[] {
  const one = resized(candidates);
  const all = new Map<string, Candidates>();
  for (const next of [...one, ...one.flatMap(resized)]) all.set(JSON.stringify(next), next);
  return [...all.values()];
}

/** One step: another size, or another operation at one position, but no cell that does nothing. */
export function oneStep(candidates: Candidates): Candidates[] {
  const { cells } = candidates;
  const exchanged = cells.flatMap((cell, c) =>
    cell.ops.flatMap(([present], position) =>
      opNames
        .filter((op) => op !== present && !(op === 'identity' && cell.ops[1 - position]![0] === 'identity'))
        .map((op) => withCells(candidates, cells.with(c, { ...cell, ops: cell.ops.with(position, [op]) }))),
    ),
  );
  return [...resized(candidates), ...exchanged];
}

/** A width up or down, the last cell dropped, another like it appended, the fusion dropped. */
function resized(candidates: Candidates): Candidates[] {
  const { trunk, cells, fusions } = candidates;
  const out: Candidates[] = [];
  const widths = (width: number): number[] => {
    const [down, up] = [widthStep(width - 1), widthStep(width)];
    const next = [(Math.ceil(width / down) - 1) * down, (Math.floor(width / up) + 1) * up];
    return next.filter((other) => other >= leastWidth && other <= Math.max(width, mostWidth));
  };
  for (const width of widths(trunk[0]!)) out.push({ ...candidates, trunk: [width] });
  cells.forEach((cell, c) => {
    // Behind an identity the inner width means nothing.
    if (cell.ops[0]![0] === 'identity') return;
    for (const inner of widths(cell.inner[0]!))
      out.push(withCells(candidates, cells.with(c, { ...cell, inner: [inner] })));
  });
  if (cells.length > 1) out.push(withCells(candidates, cells.slice(0, -1)));
  out.push(withCells(candidates, [...cells, cells.at(-1)!]));
  if (fusions[0] !== 'none') out.push({ ...candidates, fusions: ['none'] });
  return out;
}

function withCells(candidates: Candidates, cells: readonly CellCandidates[]): Candidates {
  const [fusion] = candidates.fusions;
  const fusions = fusion !== 'none' && fusion! >= cells.length ? (['none'] as const) : candidates.fusions;
  return { ...candidates, exits: [cells.length], fusions, cells };
}
