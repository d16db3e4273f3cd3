import { names, reachOf, type Relaxed } from '../search/choices';
import type { Candidates, CandidateOp } from '../search/space';

/** Costs of a network's parts, in multiples of the reference network's time for a tile of the same input size. */
export interface PartCosts {
  op(op: Exclude<CandidateOp, 'identity'>, cin: number, cout: number): number;
  /** An operation behind an identity: from trunk to trunk, with its share of the cell's rest. */
  alone(op: Exclude<CandidateOp, 'identity'>, trunk: number): number;
  /** Stem and tail with the skip path and pixel shuffle, by trunk width. */
  ends(trunk: number, scale: number): number;
  /** Adding an earlier feature before the tail. */
  add(trunk: number): number;
}

export interface ExpectedLatency {
  /** Expected time over the reference network's, both per output megapixel. */
  ratio: number;
  /** d ratio / d p of every choice, by name. */
  gradient: Record<string, number[]>;
}

/**
 * E[T] = c (T_fixed + sum over cells of reach x op probability x p_in x p_out x table), METHOD B3: multilinear in the
 * probabilities of all three levels, so its gradient is exact. `correction` is c.
 */
export function expectedLatency(
  candidates: Candidates,
  relaxed: Relaxed,
  costs: PartCosts,
  correction = 1,
): ExpectedLatency {
  const { scale, trunk, exits, fusions, cells } = candidates;
  const p = (name: string): ArrayLike<number> => relaxed[name]!.p;
  const gradient: Record<string, number[]> = {};
  for (const [name, { p: own }] of Object.entries(relaxed)) gradient[name] = Array.from(own, () => 0);
  let total = 0;

  /** A term `factor x sum_k p_k cost_k` of one choice; returns its value without the factor. */
  const expectation = (name: string, factor: number, cost: (k: number) => number): number => {
    let sum = 0;
    gradient[name]!.forEach((_, k) => {
      sum += p(name)[k]! * cost(k);
      gradient[name]![k]! += factor * cost(k);
    });
    return sum;
  };

  total += expectation(names.trunk, 1, (k) => costs.ends(trunk[k]!, scale));

  const reach = reachOf(exits, p(names.exit), cells.length);
  const addCost = (k: number): number => costs.add(trunk[k]!);
  const meanAdd = trunk.reduce((sum, _, k) => sum + p(names.trunk)[k]! * addCost(k), 0);
  const reachGradient = cells.map(() => 0);
  fusions.forEach((j, i) => {
    if (j === 'none' || j >= cells.length) return;
    const f = p(names.fusion)[i]!;
    total += f * reach[j]! * meanAdd;
    gradient[names.fusion]![i]! += reach[j]! * meanAdd;
    reachGradient[j]! += f * meanAdd;
    expectation(names.trunk, f * reach[j]!, addCost);
  });

  cells.forEach(({ inner, ops }, c) => {
    const innerName = names.inner(c);
    const opName = (position: number): string => names.op(c, position);
    const identityAt = ops[0]!.indexOf('identity');
    const passed = identityAt < 0 ? 0 : p(opName(0))[identityAt]!;
    let cellCost = 0;
    /** Mean cost of an op from one width to another, adding `factor` times its gradients. */
    type MeanCost = (op: Exclude<CandidateOp, 'identity'>, factor: number) => number;
    const [trunkSide, innerSide] = [[names.trunk, trunk] as const, [innerName, inner] as const];
    const between =
      ([inName, ins]: typeof trunkSide, [outName, outs]: typeof trunkSide): MeanCost =>
      (op, factor) => {
        const cost = (i: number, j: number): number => costs.op(op, ins[i]!, outs[j]!);
        let sum = 0;
        ins.forEach((_, i) => {
          const row = outs.reduce((acc, _, j) => acc + p(outName)[j]! * cost(i, j), 0);
          sum += p(inName)[i]! * row;
          gradient[inName]![i]! += factor * row;
        });
        outs.forEach((_, j) => {
          const column = ins.reduce((acc, _, i) => acc + p(inName)[i]! * cost(i, j), 0);
          gradient[outName]![j]! += factor * column;
        });
        return sum;
      };
    /** Trunk to trunk: one choice of width, not two. */
    const alongTrunk: MeanCost = (op, factor) =>
      expectation(names.trunk, factor, (i) => costs.alone(op, trunk[i]!));

    /** alpha_k x mean cost, counted `weight` times, with the gradients of all its factors. */
    const term = (op: CandidateOp, position: number, weight: number, mean: MeanCost): number => {
      if (op === 'identity') return 0;
      const k = ops[position]!.indexOf(op);
      const alpha = p(opName(position))[k]!;
      const sum = mean(op, reach[c]! * alpha * weight);
      gradient[opName(position)]![k]! += reach[c]! * weight * sum;
      cellCost += alpha * weight * sum;
      return alpha * sum;
    };
    for (const op of ops[0]!) term(op, 0, 1, between(trunkSide, innerSide));
    // Behind an identity the second position reads the trunk's width, otherwise the inner one.
    for (const op of ops[1]!) {
      const fromTrunk = passed > 0 ? term(op, 1, passed, alongTrunk) : 0;
      const fromInner = passed < 1 ? term(op, 1, 1 - passed, between(innerSide, trunkSide)) : 0;
      if (identityAt >= 0) gradient[opName(0)]![identityAt]! += reach[c]! * (fromTrunk - fromInner);
    }
    total += reach[c]! * cellCost;
    reachGradient[c]! += cellCost;
  });

  exits.forEach((exit, i) => {
    for (let c = 0; c < exit; c++) gradient[names.exit]![i]! += reachGradient[c]!;
  });

  const factor = (correction * 4) / scale ** 2;
  for (const grad of Object.values(gradient)) grad.forEach((_, k) => (grad[k]! *= factor));
  return { ratio: factor * total, gradient };
}
