import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planOutputs } from '../../src-main/data/outputs';

const plan = (names: string[], { format = 'png' as const, caseSensitive = true } = {}): string[] =>
  planOutputs(
    names.map((relative) => ({ relative, format })),
    'out',
    { caseSensitive },
  ).map((path) => path.slice('out/'.length));

test('no two photos get one name, whatever they are called, and every name fits a disk', () => {
  const character = fc.constantFrom(
    'a',
    'B',
    'b',
    'é',
    'e\u0301',
    '猫',
    '🐈',
    '%',
    '#',
    '\n',
    ' ',
    '(',
    '2',
    ')',
    '.',
  );
  const name = fc
    .string({ unit: character, minLength: 1, maxLength: 90 })
    .filter((one) => !/^\.*$/.test(one));
  const relative = fc
    .tuple(name, fc.constantFrom('.png', '.PNG', '.jpg', '.tiff'))
    .map(([stem, ending]) => stem + ending)
    .filter((one) => Buffer.byteLength(one) <= 255);
  fc.assert(
    fc.property(fc.array(relative, { maxLength: 12 }), fc.boolean(), (names, caseSensitive) => {
      const outputs = plan(names, { caseSensitive });
      const asDisksSeeThem = outputs.map((output) => output.normalize('NFC'));
      const distinct = caseSensitive ? asDisksSeeThem : asDisksSeeThem.map((output) => output.toLowerCase());
      expect(new Set(distinct).size).toBe(names.length);
      for (const output of outputs) expect(Buffer.byteLength(output)).toBeLessThanOrEqual(255);
    }),
  );
});

test('a name too long with its number or new ending is shortened by whole characters', () => {
  const cat = '猫'.repeat(83);
  expect(plan([`${cat}.png`, `${cat}.jpg`])).toEqual([`${cat}.png`, `${'猫'.repeat(82)} (2).png`]);
  const long = 'x'.repeat(251);
  expect(planOutputs([{ relative: `${long}.jpg`, format: 'tiff' }], 'out', { caseSensitive: true })).toEqual([
    join('out', `${long}.tif`),
  ]);
});
