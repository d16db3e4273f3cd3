import { UserError } from '../base/errors';
import { isDecided, opNames, type Candidates, type CandidateOp } from './space';

const shortNames: Record<CandidateOp, string> = {
  identity: 'id',
  conv3x3: 'conv3',
  sep3x3: 'sep3',
  sep5x5: 'sep5',
  invertedResidual: 'ir',
  edgeConv3x3: 'edge3',
};

/**
 * A finished architecture in one line: "x2 c16 f1 | edge3 24 conv3 | id 16 sep5": scale, trunk width, earlier feature
 * fused before the tail (f0 = stem; none = no "f"), then each cell's first op, inner width and second op.
 */
export function printGenotype(candidates: Candidates): string {
  if (!isDecided(candidates)) throw new Error('Expected a network with nothing left to choose');
  const { scale, trunk, exits, fusions, cells } = candidates;
  const [fusion] = fusions;
  const fused = fusion !== 'none' && fusion! < exits[0]! ? ` f${fusion}` : '';
  const parts = cells
    .slice(0, exits[0])
    .map(({ inner, ops }) => `${shortNames[ops[0]![0]!]} ${inner[0]} ${shortNames[ops[1]![0]!]}`);
  return [`x${scale} c${trunk[0]}${fused}`, ...parts].join(' | ');
}

/** The architecture of {@link printGenotype}'s line. UserError where it is none. */
export function parseGenotype(text: string): Candidates {
  const [head = '', ...parts] = text.split('|').map((part) => part.trim());
  const top = /^x([234]) c([1-9]\d{0,2})(?: f(\d+))?$/.exec(head);
  const cells = parts.map((part) => /^(\w+) ([1-9]\d{0,2}) (\w+)$/.exec(part));
  const op = (short: string): CandidateOp | undefined => opNames.find((name) => shortNames[name] === short);
  const known = cells.length > 0 && cells.every((m) => m && op(m[1]!) && op(m[3]!));
  // Only a feature that is there before the last cell can be fused.
  if (!top || !known || Number(top[3] ?? 0) >= cells.length)
    throw new UserError(`Expected an architecture like "x2 c16 f1 | edge3 24 conv3" but received "${text}".`);
  return {
    scale: Number(top[1]) as Candidates['scale'],
    trunk: [Number(top[2])],
    exits: [cells.length],
    fusions: [top[3] === undefined ? 'none' : Number(top[3])],
    cells: cells.map((m) => ({ inner: [Number(m![2])], ops: [[op(m![1]!)!], [op(m![3]!)!]] })),
  };
}
