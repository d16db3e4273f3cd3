import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Belief } from '../../src-main/shared/things';
import { parseGenotype } from '../../src-main/search/genotype';
import { opNames } from '../../src-main/search/space';
import { layOutBelief, nothingSeen, see } from '../../src-renderer/components/beliefLayout';
import { layOutNetwork } from '../../src-renderer/components/networkLayout';
import { fakeBelief } from '../support/fakeSearch';

const planOf = (genotype: string) => {
  const { cells, trunk, exits, fusions, scale } = parseGenotype(genotype);
  return {
    ...{ scale, trunk: [...trunk], exits: [...exits], fusions: [...fusions] },
    cells: cells.map(({ inner, ops }) => ({ inner: [...inner], ops: ops.map((list) => [...list]) })),
  };
};

test('a network is laid out from stem to tail: a bar for each operation, none for identities', () => {
  const { layers, jumps, sums } = layOutNetwork(planOf('x2 c24 f1 | edge3 16 conv3 | id 24 sep5 | ir 32 id'));
  const colours = layers.filter(({ tall }) => tall > 0).map(({ look }) => look?.colour);
  expect(colours).toEqual([undefined, 'green', 'blue', 'orange', 'purple', undefined]);
  expect(jumps.map(({ kind, cell }) => `${kind} ${cell}`)).toEqual([
    'residual 1',
    'residual 2',
    'residual 3',
    'fusion 1',
    'skip 0',
  ]);
  expect(sums).toHaveLength(5);
  const kinds = (genotype: string) => layOutNetwork(planOf(genotype)).jumps.map(({ kind }) => kind);
  expect(kinds('x4 c8 | id 8 id')).not.toContain('fusion');
});

test('equal cells in a row are drawn once, but for one that is added again', () => {
  const runs = (genotype: string) =>
    layOutNetwork(planOf(genotype))
      .jumps.filter(({ kind }) => kind === 'residual')
      .map(({ cell, lastCell }) => [cell, lastCell]);
  expect(runs('x2 c48 | 24 * id 48 conv3')).toEqual([[1, 24]]);
  expect(runs('x2 c48 f3 | 5 * id 48 conv3 | conv3 8 conv3 | id 48 conv3')).toEqual([
    [1, 3],
    [4, 5],
    [6, 6],
    [7, 7],
  ]);
});

test('any finished network can be laid out', () => {
  const width = fc.constantFrom(8, 24, 64);
  const op = fc.constantFrom(...opNames, 'an operation of the future');
  const cell = fc.record({
    inner: width.map((w) => [w]),
    ops: fc.tuple(op, op).map(([a, b]) => [[a], [b]]),
  });
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 20 }), width, fc.nat(20), (cells, trunk, fused) => {
      const plan = { scale: 2 as const, trunk: [trunk], exits: [cells.length], fusions: [fused], cells };
      const layout = layOutNetwork(plan);
      const places = layout.layers.map(({ middle }) => middle);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      const drawnOnce = layout.jumps.filter(({ kind }) => kind === 'residual');
      expect(places).toHaveLength(2 * drawnOnce.length + 2);
      expect(drawnOnce.at(-1)!.lastCell).toBe(cells.length);
      expect(layout.layers.every(({ tall }) => tall <= 112)).toBe(true);
      expect(Math.max(...places, ...layout.sums)).toBeLessThan(layout.width);
      expect(JSON.stringify(layout)).not.toMatch(/NaN|null/);
    }),
  );
});

/** Those of a search, one after the other, of a network of so many cells. */
const drawn = (beliefs: readonly Belief[]) => {
  const seen = beliefs.reduce(see, nothingSeen);
  return beliefs.map((belief) => layOutBelief(belief, seen));
};

test('a search becomes sparse in its place: what is gone leaves its column', () => {
  const [first, middle, last] = drawn([0, 0.5, 1].map((t) => fakeBelief(t))) as [Drawn, Drawn, Drawn];
  expect(new Set([first.width, middle.width, last.width]).size).toBe(1);
  expect(first.cells).toHaveLength(8);
  expect(last.cells).toHaveLength(8);
  expect(first.threads.length).toBeGreaterThan(middle.threads.length);
  expect(middle.threads.length).toBeGreaterThan(last.threads.length);
});
type Drawn = ReturnType<typeof layOutBelief>;

test('at the end one thread is left: each cell that is reached has one of each operation', () => {
  const belief = fakeBelief(1);
  const layout = layOutBelief(belief, see(nothingSeen, fakeBelief(0)));
  const reached = layout.cells.filter(({ reach }) => reach > 0).length;
  expect(reached).toBe(Number(belief.exits[0]!.name));
  expect(layout.dots.filter(({ p }) => p > 0)).toHaveLength(2 * reached);
  expect(layout.exits.filter(({ weight }) => weight > 0)).toHaveLength(1);
});

test('what leaves the trunk arrives at the end, whatever the belief', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 20 }), (t, cells) => {
      const belief = fakeBelief(t, cells);
      const layout = layOutBelief(belief, see(nothingSeen, belief));
      const sum = (list: readonly { weight: number }[]) => list.reduce((all, { weight }) => all + weight, 0);
      expect(sum(layout.exits)).toBeCloseTo(1);
      expect(layout.out.at(-1)!.weight).toBeCloseTo(1);
      expect(JSON.stringify(layout)).not.toMatch(/NaN|null/);
    }),
  );
});
