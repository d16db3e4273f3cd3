import type { FileRows } from './fileRows';
import { blankPixels, type Pixels } from './pixels';
import { Region } from './region';
import type { RowSource } from './rows';

/** The rows of a picture that lies in a file as the camera stored it, turned as EXIF orientation 1..8 asks. */
export function uprightRows(stored: FileRows, orientation: number): RowSource {
  if (orientation === 1) return stored;
  const { channels, depth } = stored;
  const turn = turnOf(orientation);
  const { swap } = turn;
  return {
    ...{ channels, depth },
    width: swap ? stored.height : stored.width,
    height: swap ? stored.width : stored.height,
    rows: (y, height) => {
      const from = (mirrored: boolean, length: number) => (mirrored ? length - y - height : y);
      const region = swap
        ? new Region(from(turn.mirrorX, stored.width), 0, height, stored.height)
        : new Region(0, from(turn.mirrorY, stored.height), stored.width, height);
      return Promise.resolve(turned(stored.read(region), turn));
    },
  };
}

/** A picture that is stored as EXIF orientation 1..8 says, turned upright. 1, 3, 5 and 7 undo themselves. */
export const upright = (stored: Pixels, orientation: number): Pixels => turned(stored, turnOf(orientation));

/** The stored pixel of an upright one: coordinates swapped, then mirrored along the stored picture's axes. */
interface Turn {
  swap: boolean;
  mirrorX: boolean;
  mirrorY: boolean;
}

const turnOf = (orientation: number): Turn => ({
  swap: orientation >= 5,
  mirrorX: [2, 3, 7, 8].includes(orientation),
  mirrorY: [3, 4, 6, 7].includes(orientation),
});

function turned(stored: Pixels, { swap, mirrorX, mirrorY }: Turn): Pixels {
  const { width, height, channels, depth, data } = stored;
  const out = swap
    ? blankPixels(height, width, channels, depth)
    : blankPixels(width, height, channels, depth);
  // Steps in the stored data for one pixel to its right and one down, and from these for the upright picture.
  const [right, down] = [mirrorX ? -channels : channels, (mirrorY ? -channels : channels) * width];
  const [stepX, stepY] = swap ? [down, right] : [right, down];
  const first = ((mirrorX ? width - 1 : 0) + (mirrorY ? height - 1 : 0) * width) * channels;
  for (let y = 0, to = 0; y < out.height; y++) {
    for (let x = 0, from = first + y * stepY; x < out.width; x++, from += stepX)
      for (let c = 0; c < channels; c++) out.data[to++] = data[from + c]!;
  }
  return out;
}
