import { assert } from '../base/errors';
import { input, slice } from '../graph/build';
import type { Node } from '../graph/ops';
import { names, reachOf, widthMask, widthMaskGradient, type Relaxed } from './choices';
import { largest, type Candidates } from './space';
import type { NetworkChoices } from './supernet';

const mixName = 'mix';
const isMask = (name: string): boolean => name === names.trunk || name.startsWith('inner.');

/**
 * All soft choices of a supernet as one flat input of its step program: probabilities of candidates, channel masks
 * and the tail's mixing coefficients. Sparsestmax itself stays outside the graph, in double precision.
 */
export class SoftInputs {
  private readonly offsets = new Map<string, { start: number; size: number }>();
  readonly size: number;

  constructor(private readonly candidates: Candidates) {
    let size = 0;
    const place = (name: string, length: number): void => {
      this.offsets.set(name, { start: size, size: length });
      size += length;
    };
    const { trunk, exits, fusions, cells } = candidates;
    if (exits.length > 1 || fusions.length > 1) place(mixName, cells.length + 1);
    if (trunk.length > 1) place(names.trunk, largest(trunk));
    cells.forEach(({ inner, ops }, c) => {
      if (inner.length > 1) place(names.inner(c), largest(inner));
      ops.forEach((list, p) => {
        if (list.length > 1) place(names.op(c, p), list.length);
      });
    });
    this.size = size;
  }

  /**
   * The flat input node, its parts as nodes of their own (`leaves`, in the order of the flat input: what gradients
   * are taken of), and the choices that the network's builder asks for. `name` is the input's.
   */
  nodes(name = 'choices'): { leaves: readonly Node[]; choices: NetworkChoices } {
    const { cells, exits, fusions } = this.candidates;
    const flat = input(name, [this.size]);
    const leaves: Node[] = [];
    const vectors = new Map<string, Node>();
    const elements = new Map<string, readonly Node[]>();
    for (const [part, { start, size }] of this.offsets) {
      const parts = isMask(part)
        ? [slice(flat, 0, start, start + size)]
        : Array.from({ length: size }, (_, i) => slice(flat, 0, start + i, start + i + 1));
      leaves.push(...parts);
      if (isMask(part)) vectors.set(part, parts[0]!);
      else elements.set(part, parts);
    }
    const enters = (j: number): boolean => exits.includes(j) || (fusions.includes(j) && j < cells.length);
    return {
      leaves,
      choices: {
        op: (c, p, candidate) => elements.get(names.op(c, p))?.[cells[c]!.ops[p]!.indexOf(candidate)],
        trunkMask: vectors.get(names.trunk),
        innerMask: (c) => vectors.get(names.inner(c)),
        mix: (j) => (enters(j) ? (elements.get(mixName)?.[j] ?? 1) : undefined),
      },
    };
  }

  /** The flat input's values. */
  feed(relaxed: Relaxed): Float32Array {
    const flat = new Float32Array(this.size);
    const { trunk, cells } = this.candidates;
    const put = (name: string, values: () => ArrayLike<number>): void => {
      const place = this.offsets.get(name);
      if (place) flat.set(values(), place.start);
    };
    put(mixName, () => this.mixOf(relaxed));
    put(names.trunk, () => widthMask(trunk, relaxed[names.trunk]!.p));
    cells.forEach(({ inner, ops }, c) => {
      put(names.inner(c), () => widthMask(inner, relaxed[names.inner(c)]!.p));
      ops.forEach((_, p) => {
        put(names.op(c, p), () => relaxed[names.op(c, p)]!.p);
      });
    });
    return flat;
  }

  /** dL/d(flat input) to dL/dp of every choice that is still open. */
  gradients(relaxed: Relaxed, flat: Float32Array): Record<string, number[]> {
    const { trunk, cells } = this.candidates;
    const out: Record<string, number[]> = {};
    for (const [name, { start, size }] of this.offsets) {
      const grad = flat.subarray(start, start + size);
      if (name === mixName) Object.assign(out, this.mixGradients(relaxed, grad));
      else out[name] = [...grad];
    }
    if (out[names.trunk]) out[names.trunk] = widthMaskGradient(trunk, out[names.trunk]!);
    cells.forEach(({ inner }, c) => {
      const mask = out[names.inner(c)];
      if (mask) out[names.inner(c)] = widthMaskGradient(inner, mask);
    });
    return out;
  }

  /**
   * Behind exit e the tail reads h_e, or with an earlier feature j to fuse the mean of h_e and h_j, so that one tail fits
   * both. In expectation feature e counts gamma_e (1 - F_e / 2), where F_e is the probability that a feature before it is
   * fused, and feature j another f_j reach_j / 2.
   */
  private mixOf(relaxed: Relaxed): number[] {
    const { exits, fusions, cells } = this.candidates;
    const [gamma, f] = [relaxed[names.exit]!.p, relaxed[names.fusion]!.p];
    const reach = reachOf(exits, gamma, cells.length);
    // A feature behind the last cell has reach 0: such a fusion counts for nothing.
    const mix = Array<number>(cells.length + 1).fill(0);
    exits.forEach((exit, i) => {
      mix[exit]! += gamma[i]! * (1 - fusedBefore(exit, fusions, f) / 2);
    });
    fusions.forEach((j, i) => {
      if (j !== 'none' && j < cells.length) mix[j]! += (f[i]! * reach[j]!) / 2;
    });
    return mix;
  }

  private mixGradients(relaxed: Relaxed, grad: Float32Array): Record<string, number[]> {
    const { exits, fusions, cells } = this.candidates;
    const [gamma, f] = [relaxed[names.exit]!.p, relaxed[names.fusion]!.p];
    assert(grad.length === cells.length + 1, 'one mixing coefficient a feature');
    const sum = (terms: readonly number[]): number => terms.reduce((a, b) => a + b, 0);
    return {
      [names.exit]: exits.map(
        (exit) =>
          grad[exit]! +
          sum(fusions.map((j, i) => (isBefore(j, exit) ? (f[i]! * (grad[j]! - grad[exit]!)) / 2 : 0))),
      ),
      [names.fusion]: fusions.map((j) =>
        sum(exits.map((exit, i) => (isBefore(j, exit) ? (gamma[i]! * (grad[j]! - grad[exit]!)) / 2 : 0))),
      ),
    };
  }
}

const isBefore = (feature: number | 'none', exit: number): feature is number =>
  feature !== 'none' && feature < exit;

/** Probability that the exit's tail reads an earlier feature too. */
function fusedBefore(exit: number, fusions: Candidates['fusions'], f: ArrayLike<number>): number {
  return fusions.reduce<number>((sum, j, i) => (isBefore(j, exit) ? sum + f[i]! : sum), 0);
}
