import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { parseGenotype, printGenotype } from '../../src-main/search/genotype';
import { allCandidates, type Candidates } from '../../src-main/search/space';
import { decidedOf } from '../support/architectures';

describe('genotypes', () => {
  it('print in one line', () => {
    const candidates: Candidates = {
      scale: 2,
      trunk: [16],
      exits: [2],
      fusions: [1],
      cells: [
        { inner: [24], ops: [['edgeConv3x3'], ['conv3x3']] },
        { inner: [16], ops: [['identity'], ['sep5x5']] },
      ],
    };
    expect(printGenotype(candidates)).toBe('x2 c16 f1 | edge3 24 conv3 | id 16 sep5');
    expect(parseGenotype('x2 c16 f1 | edge3 24 conv3 | id 16 sep5')).toEqual(candidates);
  });

  it.each([2, 3, 4] as const)('parse to what was printed, at scale %i', (scale) => {
    const all = allCandidates({ scale, cells: 5, widths: [8, 16, 40] });
    const property = fc.property(decidedOf(all), (decided) => {
      const text = printGenotype(decided);
      // A fusion behind the exit is none.
      const [fusion] = decided.fusions;
      const fusions = fusion !== 'none' && fusion! >= decided.exits[0]! ? ['none'] : decided.fusions;
      expect(parseGenotype(text)).toEqual({ ...decided, fusions });
      expect(printGenotype(parseGenotype(text))).toBe(text);
    });
    fc.assert(property, { seed: 21 });
  });

  it('say equal cells in a row once, with their number, and know them said one by one', () => {
    const text = 'x2 c32 | 2 * id 32 conv3 | conv3 16 conv3 | 113 * id 32 conv3';
    const { cells } = parseGenotype(text);
    expect(cells).toHaveLength(116);
    const oneByOne = cells.map((cell) => (cell.inner[0] === 32 ? 'id 32 conv3' : 'conv3 16 conv3'));
    expect(parseGenotype(['x2 c32', ...oneByOne].join(' | '))).toEqual(parseGenotype(text));
    expect(printGenotype(parseGenotype(text))).toBe(text);
  });

  it('print only what is decided', () => {
    expect(() => printGenotype(allCandidates({ scale: 2, cells: 2, widths: [8] }))).toThrow('nothing left');
  });

  it.each([
    '',
    'x2 c16',
    'x5 c16 | id 8 id',
    'x2 c0 | id 8 id',
    'x2 c16 | conv3 0 conv3',
    'x2 c16 | conv3 8',
    'x2 c16 | conv9 8 conv3',
    'x2 c16 | conv3 8 conv3 |',
    'x2 c16 f1 | conv3 8 conv3',
    'x2 c99999 | conv3 8 conv3',
    'x2 c16 | 0 * conv3 8 conv3',
    'x2 c16 | 1000 * conv3 8 conv3',
    'x2 c16 | * conv3 8 conv3',
    'X2 C16 | CONV3 8 CONV3',
  ])('refuse "%s"', (text) => {
    expect(() => parseGenotype(text)).toThrow(UserError);
    expect(() => parseGenotype(text)).toThrow(`but received "${text}"`);
  });

  it('refuse any other text with a UserError', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parseGenotype(text)).toThrow(UserError);
      }),
      { seed: 22 },
    );
  });
});
