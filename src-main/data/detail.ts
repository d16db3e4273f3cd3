import type { Pixels } from '../image/pixels';
import { Region } from '../image/region';

/** Side of the squares of a detail map, in pixels. */
export const detailBlock = 16;

/** How much happens where in a picture: gradient energy of the green channel, summed over 16x16 blocks. */
export interface DetailMap {
  columns: number;
  rows: number;
  /** Integral image [rows + 1, columns + 1]: energy of all blocks above and to the left. */
  integral: Float64Array;
}

/** Measures an 8-bit RGB picture; a rest of less than a block at the right and bottom is left out. */
export function mapDetail({ width, height, data }: Pixels): DetailMap {
  const columns = Math.floor(width / detailBlock);
  const rows = Math.floor(height / detailBlock);
  const stride = columns + 1;
  const integral = new Float64Array((rows + 1) * stride);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let y = row * detailBlock; y < (row + 1) * detailBlock; y++) {
      // The last row and column have no neighbour: they are compared with themselves.
      const below = y + 1 < height ? width * 3 : 0;
      for (let column = 0; column < columns; column++) {
        let at = (y * width + column * detailBlock) * 3 + 1;
        let sum = 0;
        for (let x = 0; x < detailBlock - 1; x++, at += 3) {
          const value = data[at]!;
          const dx = data[at + 3]! - value;
          const dy = data[at + below]! - value;
          sum += dx * dx + dy * dy;
        }
        sums[column]! += sum;
      }
    }
    let line = 0;
    for (let column = 0; column < columns; column++) {
      line += sums[column]!;
      integral[(row + 1) * stride + column + 1] = integral[row * stride + column + 1]! + line;
    }
  }
  return { columns, rows, integral };
}

/** Gradient energy of a rectangle of blocks. */
function energy(
  { columns, integral }: DetailMap,
  x: number,
  y: number,
  width: number,
  height: number,
): number {
  const stride = columns + 1;
  const [top, bottom] = [y * stride, (y + height) * stride];
  return (
    integral[bottom + x + width]! - integral[bottom + x]! - integral[top + x + width]! + integral[top + x]!
  );
}

/** The top left corners of the `count` most detailed windows of `blocks` x `blocks` blocks that do not overlap. */
export function detailedWindows(map: DetailMap, blocks: number, count: number): { x: number; y: number }[] {
  const windows: { x: number; y: number; energy: number }[] = [];
  for (let y = 0; y + blocks <= map.rows; y += blocks) {
    for (let x = 0; x + blocks <= map.columns; x += blocks) {
      windows.push({ x: x * detailBlock, y: y * detailBlock, energy: energy(map, x, y, blocks, blocks) });
    }
  }
  return windows.sort((a, b) => b.energy - a.energy).slice(0, count);
}

/** The most detailed crop of the given size, on the grid of blocks; the size may be that of the picture. */
export function detailedCrop(
  map: DetailMap,
  picture: { width: number; height: number },
  size: { width: number; height: number },
): Region {
  const columns = Math.min(map.columns, Math.floor(size.width / detailBlock));
  const rows = Math.min(map.rows, Math.floor(size.height / detailBlock));
  let best = new Region(0, 0, size.width, size.height);
  let most = -1;
  for (let y = 0; y * detailBlock + size.height <= picture.height; y++) {
    for (let x = 0; x * detailBlock + size.width <= picture.width; x++) {
      const value = energy(map, x, y, columns, rows);
      if (value > most) {
        most = value;
        best = new Region(x * detailBlock, y * detailBlock, size.width, size.height);
      }
    }
  }
  return best;
}
