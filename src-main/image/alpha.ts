import type { Pixels } from './pixels';
import type { Region } from './region';

/**
 * Keeps upscaled alpha between the least and the greatest of the nine pixels around the one it comes from: networks ring a
 * little, and what is transparent or opaque all around must stay so exactly. `region` is what was upscaled of `lr`; its
 * result, `scale` times as large, lies in `hr` with its top left corner at (x, y).
 */
export function limitAlpha(
  lr: Pixels,
  region: Region,
  hr: Pixels,
  x: number,
  y: number,
  scale: number,
): void {
  const alphaOf = ({ width, channels, data }: Pixels, column: number, row: number): number =>
    data[(row * width + column) * channels + channels - 1]!;
  for (let row = region.y; row < region.bottom; row++) {
    for (let column = region.x; column < region.right; column++) {
      let [least, greatest] = [Infinity, 0];
      for (let j = Math.max(0, row - 1); j <= Math.min(lr.height - 1, row + 1); j++) {
        for (let i = Math.max(0, column - 1); i <= Math.min(lr.width - 1, column + 1); i++) {
          const alpha = alphaOf(lr, i, j);
          if (alpha < least) least = alpha;
          if (alpha > greatest) greatest = alpha;
        }
      }
      limitBlock(column, row, least, greatest);
    }
  }

  function limitBlock(column: number, row: number, least: number, greatest: number): void {
    const left = x + (column - region.x) * scale;
    const top = y + (row - region.y) * scale;
    for (let j = top; j < top + scale; j++) {
      let at = (j * hr.width + left) * hr.channels + hr.channels - 1;
      for (let i = 0; i < scale; i++, at += hr.channels) {
        hr.data[at] = Math.min(Math.max(hr.data[at]!, least), greatest);
      }
    }
  }
}
