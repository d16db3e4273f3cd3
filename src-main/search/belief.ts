import type { Belief } from '../shared/things';
import { names, type Relaxed } from './choices';
import type { Candidates } from './space';

/**
 * How likely each live candidate is, level by level; the probabilities of a choice sum to 1. `relaxed` holds those of
 * the choices that are still open: a single candidate is certain.
 */
export function beliefOf({ trunk, exits, fusions, cells }: Candidates, relaxed: Relaxed): Belief {
  const list = (name: string, candidates: readonly (string | number)[]): Belief['exits'] =>
    candidates.map((candidate, i) => ({
      name: String(candidate),
      p: candidates.length === 1 ? 1 : relaxed[name]!.p[i]!,
    }));
  return {
    exits: list(names.exit, exits),
    fusions: list(names.fusion, fusions),
    trunk: list(names.trunk, trunk),
    cells: cells.map(({ inner, ops }, c) => ({
      inner: list(names.inner(c), inner),
      ops: ops.map((candidates, position) => list(names.op(c, position), candidates)),
    })),
  };
}
