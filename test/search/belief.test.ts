import { expect, test } from 'vitest';
import { beliefOf } from '../../src-main/search/belief';
import { dropZeros, initialChoices, liveCandidates, names, relax } from '../../src-main/search/choices';
import { parseGenotype } from '../../src-main/search/genotype';
import { allCandidates } from '../../src-main/search/space';
import { beliefSchema, type Belief } from '../../src-main/shared/things';

const all = allCandidates({ scale: 2, cells: 3, widths: [4, 8] });
const choices = initialChoices(all, 1);
const lists = ({ exits, fusions, trunk, cells }: Belief) => [
  ...[exits, fusions, trunk],
  ...cells.flatMap(({ inner, ops }) => [inner, ...ops]),
];

test.each([0, 0.3, 0.8, 1])('probabilities of every choice sum to 1 at r = %s', (r) => {
  const belief = beliefSchema.parse(beliefOf(all, relax(choices, r)));
  expect(lists(belief)).toHaveLength(3 + 3 * 3);
  for (const list of lists(belief)) expect(list.reduce((sum, { p }) => sum + p, 0)).toBeCloseTo(1, 9);
});

test('names are those of the candidates, and what was dropped is left out', () => {
  const smaller = structuredClone(choices);
  const op = smaller[names.op(0, 0)]!;
  op.logits[op.candidates.indexOf('conv3x3')]! += 9;
  op.zeroSteps.fill(5, 2);
  expect(dropZeros(smaller, 0.9, 5)).toBe(true);
  const belief = beliefOf(liveCandidates(2, smaller), relax(smaller, 0.9));
  expect(belief.exits.map(({ name }) => name)).toEqual(['1', '2', '3']);
  expect(belief.fusions.map(({ name }) => name)).toEqual(['none', '0', '1', '2']);
  expect(belief.cells[0]!.ops[0]!.map(({ name }) => name)).toEqual(['identity', 'conv3x3']);
  for (const list of lists(belief)) expect(list.reduce((sum, { p }) => sum + p, 0)).toBeCloseTo(1, 9);
});

test('a decided network is certain', () => {
  const belief = beliefOf(parseGenotype('x2 c8 | conv3 8 conv3'), {});
  expect(belief.exits).toEqual([{ name: '1', p: 1 }]);
  expect(lists(belief).every((list) => list.length === 1 && list[0]!.p === 1)).toBe(true);
});
