import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { parseBudget } from '../../src-main/shared/budget';

test.each([
  [2, [0.8, 3, 11]],
  [3, [0.7, 2, 5]],
  [4, [0.6, 1.4, 2.8]],
] as const)('the named budgets at x%d are ratios to the reference', (scale, ratios) => {
  expect(['fast', 'balanced', 'best'].map((name) => parseBudget(name, scale).ratio)).toEqual(ratios);
});

test.each([
  ['2.5ref', { ratio: 2.5 }],
  ['.5 REF', { ratio: 0.5 }],
  ['45ms/MP', { msPerMP: 45 }],
  ['45 ms/mp', { msPerMP: 45 }],
  ['6s/photo', { msPerMP: 500 }],
])('%s without a measured reference', (text, expected) => {
  expect(parseBudget(text, 2)).toEqual({ text, ...expected });
});

test('seconds per photo depend on its megapixels', () => {
  expect(parseBudget('6s/photo', 2, undefined, 24).msPerMP).toBe(250);
});

test('with the reference measured, both figures are known and agree', () => {
  const positive = fc.double({ min: 1e-3, max: 1e4, noNaN: true });
  fc.assert(
    fc.property(
      positive,
      positive,
      fc.constantFrom('ref', 'ms/MP', 's/photo'),
      (amount, refMsPerMP, unit) => {
        const budget = parseBudget(`${amount.toFixed(6)}${unit}`, 2, refMsPerMP);
        expect(budget.msPerMP / refMsPerMP).toBeCloseTo(budget.ratio, 6);
        expect(budget.ratio).toBeGreaterThan(0);
      },
    ),
  );
});

test.each(['', 'quick', '0ref', '-1ref', '1e3ref', 'Infinityms/MP', '45', '45ms', '4s', 'ref', '0s/photo'])(
  '%j is refused with what is accepted',
  (text) => {
    expect(() => parseBudget(text, 2)).toThrow(UserError);
    expect(() => parseBudget(text, 2)).toThrow(/fast, balanced, best.*2\.5ref.*45ms\/MP.*4s\/photo/);
  },
);
