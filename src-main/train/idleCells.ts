import { layoutOf } from '../model/network';
import type { Candidates } from '../search/space';
import { vectors, type TrainState } from './state';

/**
 * Takes cells of nothing but identities out of a decided network, which does the same without them. Each doubles what it
 * gets, ReLU(x + x) = 2x for x >= 0, and any other cell is homogeneous in its input and its biases together,
 * f(2x, b) = 2 f(x, b / 2): those behind it take half of their biases, and the tail doubles. Where the tail reads an earlier
 * feature as well, idle cells behind that stay, since they weigh the one against the other.
 */
export function dropIdleCells(state: TrainState): void {
  const before = state.candidates;
  const kept = keptCells(before);
  const dropped = before.cells.length - kept.length;
  if (dropped === 0) return;
  const fusion = earlierFeature(before);
  state.candidates = {
    ...before,
    exits: [kept.length],
    fusions: [fusion === undefined ? 'none' : fusion - dropped],
    cells: kept.map((cell) => before.cells[cell]!),
  };

  const [from, to] = [layoutOf(before), layoutOf(state.candidates)];
  const nameBefore = (name: string): string =>
    name.replace(/^cell(\d+)/, (_, cell: string) => `cell${kept[Number(cell)]!}`);
  for (const vector of vectors) {
    const values = new Float32Array(to.size);
    for (const spec of to.specs)
      to.view(values, spec).set(from.view(state[vector], from.get(nameBefore(spec.name))!));
    state[vector] = values;
  }
  const factorOf = (name: string): number => {
    if (name === 'tail.kernel') return 2 ** dropped;
    const cell = /^cell(\d+)\..*\.bias$/.exec(name)?.[1];
    return cell === undefined ? 1 : 2 ** (Number(cell) - kept[Number(cell)]!);
  };
  for (const values of [state.weights, state.average])
    for (const spec of to.specs) {
      const factor = factorOf(spec.name);
      const tensor = to.view(values, spec);
      tensor.set(tensor.map((x) => factor * x));
    }
  state.drawn = [];
}

/** Indices of the cells that do something, or of one that does not. */
function keptCells(candidates: Candidates): number[] {
  const end = earlierFeature(candidates) ?? Infinity;
  const kept = candidates.cells.flatMap(({ ops }, cell) =>
    cell < end && ops.flat().every((op) => op === 'identity') ? [] : [cell],
  );
  return kept.length > 0 ? kept : [0];
}

/** The feature that the tail reads besides the last; one that is not earlier is not read. */
function earlierFeature({ cells, fusions: [fusion] }: Candidates): number | undefined {
  return typeof fusion === 'number' && fusion < cells.length ? fusion : undefined;
}
