import { names, type Relaxed } from '../search/choices';
import type { CandidateOp, Candidates } from '../search/space';
import { expectedLatency, type PartCosts } from './penalty';

/** Ratio to the reference network, by the latency table, of a network with nothing left to choose. */
export const predictedRatio = (decided: Candidates, costs: PartCosts): number => widestCost(decided, costs);

/** Cost of computing everything alive at its widest: what a step costs, up to a factor. */
export function widestCost(candidates: Candidates, costs: PartCosts): number {
  const all: Relaxed = {};
  const put = (name: string, values: number[]): void => {
    all[name] = { p: Float64Array.from(values), backward: (g) => Float64Array.from(g), firstFace: 0 };
  };
  const last = (list: readonly unknown[]): number[] => list.map((_, i) => Number(i === list.length - 1));
  const every = (list: readonly unknown[]): number[] => list.map(() => 1);
  put(names.exit, last(candidates.exits));
  put(names.fusion, every(candidates.fusions));
  put(names.trunk, last(candidates.trunk));
  candidates.cells.forEach(({ inner, ops }, c) => {
    put(names.inner(c), last(inner));
    // Those that share a support are convolved once, and an identity hides in that convolution.
    const dense = (op: CandidateOp): boolean => op === 'conv3x3' || op === 'edgeConv3x3' || op === 'sep3x3';
    const computed = (list: readonly CandidateOp[]): number[] =>
      list.map((op) =>
        Number(list.length === 1 || (dense(op) ? op === list.find(dense) : op !== 'identity')),
      );
    ops.forEach((list, p) => {
      put(names.op(c, p), computed(list));
    });
  });
  return expectedLatency(candidates, all, costs).ratio;
}
