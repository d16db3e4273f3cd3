import { UserError } from '../base/errors';
import { isDecided, opNames, type Candidates, type CandidateOp, type CellCandidates } from './space';

const shortNames: Record<CandidateOp, string> = {
  identity: 'id',
  conv3x3: 'conv3',
  sep3x3: 'sep3',
  sep5x5: 'sep5',
  invertedResidual: 'ir',
  edgeConv3x3: 'edge3',
};

/**
 * A finished architecture in one line: "x2 c16 f1 | edge3 24 conv3 | 3 * id 16 sep5": scale, trunk width, earlier feature
 * fused before the tail (f0 = stem; none = no "f"), then each cell's first op, inner width and second op, equal cells in a
 * row once with their number.
 */
export function printGenotype(candidates: Candidates): string {
  if (!isDecided(candidates)) throw new Error('Expected a network with nothing left to choose');
  const { scale, trunk, exits, fusions, cells } = candidates;
  const [fusion] = fusions;
  const fused = fusion !== 'none' && fusion! < exits[0]! ? ` f${fusion}` : '';
  const runs: { text: string; count: number }[] = [];
  for (const { inner, ops } of cells.slice(0, exits[0])) {
    const text = `${shortNames[ops[0]![0]!]} ${inner[0]} ${shortNames[ops[1]![0]!]}`;
    const last = runs.at(-1);
    if (last?.text === text) last.count++;
    else runs.push({ text, count: 1 });
  }
  const parts = runs.map(({ text, count }) => (count > 1 ? `${count} * ${text}` : text));
  return [`x${scale} c${trunk[0]}${fused}`, ...parts].join(' | ');
}

/** The architecture of {@link printGenotype}'s line. UserError where it is none. */
export function parseGenotype(text: string): Candidates {
  const [head = '', ...parts] = text.split('|').map((part) => part.trim());
  const top = /^x([234]) c([1-9]\d{0,2})(?: f(\d+))?$/.exec(head);
  const runs = parts.map(parseRun);
  const cells = runs.flatMap((run) => run ?? []);
  // Only a feature that is there before the last cell can be fused.
  if (!top || runs.includes(undefined) || Number(top[3] ?? 0) >= cells.length)
    throw new UserError(`Expected an architecture like "x2 c16 f1 | edge3 24 conv3" but received "${text}".`);
  return {
    scale: Number(top[1]) as Candidates['scale'],
    trunk: [Number(top[2])],
    exits: [cells.length],
    fusions: [top[3] === undefined ? 'none' : Number(top[3])],
    cells,
  };
}

/** Equal cells in a row, undefined where the text is none. */
function parseRun(text: string): CellCandidates[] | undefined {
  const match = /^(?:([1-9]\d{0,2}) \* )?(\w+) ([1-9]\d{0,2}) (\w+)$/.exec(text);
  const opAt = (group: number): CandidateOp | undefined =>
    opNames.find((name) => shortNames[name] === match?.[group]);
  const [first, second] = [opAt(2), opAt(4)];
  if (!match || !first || !second) return undefined;
  return Array.from({ length: Number(match[1] ?? 1) }, () => ({
    inner: [Number(match[3])],
    ops: [[first], [second]],
  }));
}
