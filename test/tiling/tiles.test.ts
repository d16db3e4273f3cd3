import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Region } from '../../src-main/image/region';
import { tiles } from '../../src-main/tiling/tiles';

const cases = fc.record({
  width: fc.integer({ min: 1, max: 70 }),
  height: fc.integer({ min: 1, max: 70 }),
  tile: fc.integer({ min: 1, max: 40 }),
  overlap: fc.integer({ min: 0, max: 20 }),
});

test('the cores cover every pixel exactly once and are at most a tile large', () => {
  fc.assert(
    fc.property(cases, ({ width, height, tile, overlap }) => {
      const covered = new Uint8Array(width * height);
      for (const { core } of tiles({ width, height }, { tile, overlap })) {
        expect(Math.max(core.width, core.height)).toBeLessThanOrEqual(tile);
        for (let y = core.y; y < core.bottom; y++) {
          for (let x = core.x; x < core.right; x++) covered[y * width + x]! += 1;
        }
      }
      expect(covered.every((count) => count === 1)).toBe(true);
    }),
  );
});

test('an input is its core with the overlap, as far as the picture goes', () => {
  fc.assert(
    fc.property(cases, ({ width, height, tile, overlap }) => {
      for (const { core, input } of tiles({ width, height }, { tile, overlap })) {
        expect(input.equals(core.grow(overlap).intersect(new Region(0, 0, width, height)))).toBe(true);
      }
    }),
  );
});

test('a picture a little larger than a tile is cut in halves, not into a tile and a sliver', () => {
  const widths = tiles({ width: 258, height: 100 }, { tile: 256, overlap: 8 }).map(({ core }) => core.width);
  expect(widths).toEqual([129, 129]);
});
