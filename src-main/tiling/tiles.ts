import { assert } from '../base/errors';
import { Region } from '../image/region';

/** One step of tiled inference, in pixels of the small picture. */
export interface Tile {
  /** What this tile answers for; the cores of all tiles cover the picture exactly once. */
  core: Region;
  /** What the network sees: the core and `overlap` pixels around it, where the picture has them. */
  input: Region;
}

/**
 * Cuts a picture into tiles, row by row. Cores are at most `tile` x `tile` pixels and of nearly equal size, so that no
 * sliver is left at the end and the runtime meets few shapes.
 */
export function tiles(
  size: { width: number; height: number },
  { tile, overlap }: { tile: number; overlap: number },
): Tile[] {
  assert(Number.isInteger(tile) && tile >= 1, `a tile has at least one pixel, got ${tile}`);
  assert(Number.isInteger(overlap) && overlap >= 0, `an overlap is a number of pixels, got ${overlap}`);
  const picture = Region.of(size);
  const columns = spans(size.width, tile);
  return spans(size.height, tile).flatMap(([y, height]) =>
    columns.map(([x, width]) => {
      const core = new Region(x, y, width, height);
      return { core, input: core.grow(overlap).intersect(picture) };
    }),
  );
}

/** [start, length] of equal parts of at most `most`; the last may be a little shorter. */
function spans(length: number, most: number): [start: number, length: number][] {
  const part = Math.ceil(length / Math.ceil(length / most));
  return Array.from({ length: Math.ceil(length / part) }, (_, i) => [
    i * part,
    Math.min(part, length - i * part),
  ]);
}
