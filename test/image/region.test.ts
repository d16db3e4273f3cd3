import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Region } from '../../src-main/image/region';

const coordinate = fc.integer({ min: -30, max: 30 });
const length = fc.integer({ min: 1, max: 30 });
const regions = fc
  .tuple(coordinate, coordinate, length, length)
  .map(([x, y, width, height]) => new Region(x, y, width, height));

function has(region: Region, x: number, y: number): boolean {
  return x >= region.x && x < region.right && y >= region.y && y < region.bottom;
}

test('a pixel lies in the intersection exactly when it lies in both', () => {
  fc.assert(
    fc.property(regions, regions, coordinate, coordinate, (a, b, x, y) => {
      expect(has(a.intersect(b), x, y)).toBe(has(a, x, y) && has(b, x, y));
    }),
  );
});

test('growing is undone by shrinking, and a grown region contains the first', () => {
  fc.assert(
    fc.property(regions, fc.nat(9), (region, margin) => {
      expect(region.grow(margin).grow(-margin).equals(region)).toBe(true);
      expect(region.grow(margin).contains(region)).toBe(true);
    }),
  );
});

test('scaling keeps what lies in what, and multiplies the area', () => {
  fc.assert(
    fc.property(regions, regions, fc.integer({ min: 1, max: 4 }), (a, b, scale) => {
      expect(a.scale(scale).contains(b.scale(scale))).toBe(a.contains(b));
      expect(a.scale(scale).area).toBe(a.area * scale * scale);
    }),
  );
});

test('a region seen from another and moved back is itself', () => {
  fc.assert(
    fc.property(regions, regions, (a, b) => {
      expect(a.relativeTo(b).translate(b.x, b.y).equals(a)).toBe(true);
    }),
  );
});

test('regions that do not touch meet in an empty one, which every region contains', () => {
  const nothing = new Region(0, 0, 5, 5).intersect(new Region(9, 9, 5, 5));
  expect(nothing.isEmpty).toBe(true);
  expect(new Region(100, 100, 1, 1).contains(nothing)).toBe(true);
});

test('a region cannot be changed and has whole pixels', () => {
  expect(Object.isFrozen(new Region(0, 0, 1, 1))).toBe(true);
  expect(() => new Region(0.5, 0, 1, 1)).toThrow('whole pixels');
});
