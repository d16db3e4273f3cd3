import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawSandwich } from '../../src-main/search/sandwich';
import { allCandidates, isDecided, opNames } from '../../src-main/search/space';

const space = allCandidates({ scale: 2, cells: 4, widths: [4, 8, 12] });
const networkAt = (n: number) => drawSandwich(space, 5, n);

describe('sandwich rule', () => {
  it('draws networks with nothing left to choose, the same ones each time', () => {
    fc.assert(
      fc.property(fc.nat(1000), (n) => {
        expect(isDecided(networkAt(n))).toBe(true);
        expect(networkAt(n)).toEqual(networkAt(n));
      }),
      { seed: 77, numRuns: 50 },
    );
  });

  it('of four, one is the widest and deepest and one the narrowest', () => {
    for (const n of [0, 4, 8]) {
      const [largest, smallest] = [networkAt(n), networkAt(n + 1)];
      expect(largest).toMatchObject({ trunk: [12], exits: [4] });
      expect(largest.cells.map(({ inner }) => inner)).toEqual([[12], [12], [12], [12]]);
      expect(smallest.trunk).toEqual([4]);
      expect(smallest.cells.every(({ inner }) => inner[0] === 4)).toBe(true);
    }
  });

  it('gives each operation, exit, width and fusion its turns', () => {
    const networks = Array.from({ length: 400 }, (_, n) => networkAt(n));
    const ops = networks.flatMap(({ cells }) => cells.flatMap(({ ops: lists }) => lists.flat()));
    for (const op of opNames) expect(ops.filter((one) => one === op).length).toBeGreaterThan(ops.length / 15);
    const times = (has: (network: (typeof networks)[number]) => boolean) => networks.filter(has).length;
    for (const exit of space.exits) expect(times(({ exits }) => exits[0] === exit)).toBeGreaterThan(40);
    for (const width of space.trunk) expect(times(({ trunk }) => trunk[0] === width)).toBeGreaterThan(40);
    for (const feature of space.fusions)
      expect(times(({ fusions }) => fusions[0] === feature)).toBeGreaterThan(5);
  });
});
