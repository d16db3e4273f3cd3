import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedLatency, type PartCosts } from '../../src-main/latency/penalty';
import { names } from '../../src-main/search/choices';
import { allCandidates, opNames, type Candidates } from '../../src-main/search/space';
import { decidedOf, nudged, oneHot, softChoices } from '../support/architectures';

/** Costs that tell every op, every width and both directions apart. */
const costs: PartCosts = {
  op: (op, cin, cout) => (1 + opNames.indexOf(op)) * (0.01 * cin * cout + 0.001 * cin + 0.003 * cout),
  alone: (op, trunk) => (1 + opNames.indexOf(op)) * 0.009 * trunk ** 2,
  ends: (trunk, scale) => 0.1 + 0.02 * trunk + 0.01 * scale,
  add: (trunk) => 0.005 * trunk,
};
const all = allCandidates({ scale: 3, cells: 4, widths: [4, 8, 12, 16] });

/** Cost of a network with nothing left to choose, part by part. */
function sumOfParts({ scale, trunk: [trunk], exits: [exit], fusions: [fusion], cells }: Candidates): number {
  const fused = fusion !== 'none' && fusion! < exit! ? costs.add(trunk!) : 0;
  const inside = cells.slice(0, exit).map(({ inner: [inner], ops: [at0, at1] }) => {
    const [first, second] = [at0![0]!, at1![0]!];
    if (first === 'identity') return second === 'identity' ? 0 : costs.alone(second, trunk!);
    return costs.op(first, trunk!, inner!) + (second === 'identity' ? 0 : costs.op(second, inner!, trunk!));
  });
  const total = costs.ends(trunk!, scale) + fused + inside.reduce((a, b) => a + b, 0);
  // The reference is an x2 network: 4 output pixels an input pixel.
  return (total * 4) / scale ** 2;
}

describe('expected latency', () => {
  it('of one-hot choices is the sum of the parts', () => {
    const property = fc.property(decidedOf(all), (decided) => {
      const expected = sumOfParts(decided);
      expect(expectedLatency(all, oneHot(all, decided), costs).ratio).toBeCloseTo(expected, 9);
      expect(expectedLatency(decided, oneHot(decided, decided), costs).ratio).toBeCloseTo(expected, 9);
      expect(expectedLatency(all, oneHot(all, decided), costs, 1.5).ratio).toBeCloseTo(1.5 * expected, 9);
    });
    fc.assert(property, { seed: 8, numRuns: 300 });
  });

  it('of independent soft choices is the mean over the networks that they draw', () => {
    const small = allCandidates({ scale: 2, cells: 2, widths: [4, 8] });
    const [two] = small.cells;
    const space: Candidates = {
      ...small,
      cells: small.cells.map(() => ({
        ...two!,
        ops: [
          ['identity', 'conv3x3'],
          ['sep3x3', 'identity'],
        ],
      })),
    };
    const relaxed = softChoices(space, 4);
    const options: [string, readonly unknown[]][] = [
      [names.trunk, space.trunk],
      [names.exit, space.exits],
      [names.fusion, space.fusions],
    ];
    space.cells.forEach(({ inner, ops }, c) => {
      options.push([names.inner(c), inner]);
      ops.forEach((list, p) => options.push([names.op(c, p), list]));
    });
    const draws = options.reduce<{ chance: number; picked: Record<string, unknown> }[]>(
      (list, [name, choices]) =>
        list.flatMap(({ chance, picked }) =>
          choices.map((choice, i) => ({
            chance: chance * relaxed[name]!.p[i]!,
            picked: { ...picked, [name]: choice },
          })),
        ),
      [{ chance: 1, picked: {} }],
    );
    const mean = draws.reduce((sum, { chance, picked }) => {
      const one = (name: string) => [picked[name]] as never;
      const cells = space.cells.map((_, c) => ({
        inner: one(names.inner(c)),
        ops: [one(names.op(c, 0)), one(names.op(c, 1))],
      }));
      const decided: Candidates = {
        scale: 2,
        trunk: one(names.trunk),
        exits: one(names.exit),
        fusions: one(names.fusion),
        cells,
      };
      return sum + chance * sumOfParts(decided);
    }, 0);
    expect(expectedLatency(space, relaxed, costs).ratio).toBeCloseTo(mean, 9);
  });

  it.each([1, 2, 3])(
    'has the gradient of central differences at every probability of all levels (%i)',
    (seed) => {
      const relaxed = softChoices(all, seed);
      const { gradient } = expectedLatency(all, relaxed, costs, 1.3);
      expect(Object.keys(gradient).sort()).toEqual(Object.keys(relaxed).sort());
      for (const [name, grads] of Object.entries(gradient))
        for (const [k, g] of grads.entries()) {
          const at = (by: number) => expectedLatency(all, nudged(relaxed, name, k, by), costs, 1.3).ratio;
          // Linear in each probability: differences are exact.
          expect(g, `${name}, candidate ${k}`).toBeCloseTo((at(1e-3) - at(-1e-3)) / 2e-3, 8);
        }
    },
  );

  it('takes nothing for fusions and cells behind the exit', () => {
    const [decided] = fc.sample(decidedOf({ ...all, exits: [2], fusions: ['none'] }), {
      seed: 1,
      numRuns: 1,
    });
    const ratio = (fusion: number | 'none'): number => {
      const chosen = { ...decided!, fusions: [fusion] };
      return expectedLatency(all, oneHot(all, chosen), costs).ratio;
    };
    expect(ratio(1)).toBeGreaterThan(ratio('none'));
    expect(ratio(2)).toBe(ratio('none'));
    expect(ratio(3)).toBe(ratio('none'));
    const cut = { ...decided!, fusions: ['none', 1, 3] as const };
    const { gradient } = expectedLatency(cut, softChoices(cut, 1), costs);
    expect(gradient[names.fusion]![1]).toBeGreaterThan(0);
    expect(gradient[names.fusion]![2]).toBe(0);
  });

  it('grows with every exit further back, and names a gradient for choices that are gone', () => {
    const relaxed = softChoices(all, 6);
    const { gradient } = expectedLatency(all, relaxed, costs);
    const exits = gradient[names.exit]!;
    expect(exits).toEqual(exits.toSorted((a, b) => a - b));
    const cut = { ...all, exits: [1, 2], cells: all.cells.slice(0, 2) };
    const left = { ...relaxed, [names.exit]: softChoices(cut, 1)[names.exit]! };
    expect(expectedLatency(cut, left, costs).gradient[names.op(3, 0)]).toEqual(opNames.map(() => 0));
  });
});
