import { Rng } from '../base/rng';
import { blankPixels, type Pixels } from '../image/pixels';
import { upscaleImage, type UpscaleNet } from '../tiling/upscaleImage';

/** No tile gets more around it than this, in pixels of the small picture. */
const mostOverlap = 64;

/** Added where tiles do not give exactly what the whole picture gives. */
const reserve = 2;

const tile = 80;

/**
 * The smallest overlap with which tiles give what the whole picture gives, to 1/255, on a picture full of detail; found by
 * trying, since nobody has told what the network sees, and two more where that is not all it sees. `seam` is what is left
 * of a difference, in steps of 1/255: above 1 only where no overlap up to 64 does, as in networks that look at the picture
 * as a whole.
 */
export async function measureOverlap(
  net: Omit<UpscaleNet, 'radius'>,
  signal: AbortSignal,
): Promise<{ overlap: number; seam: number }> {
  // A strip of two tiles: the seam between them runs through detail.
  const picture = detailed(2 * tile, 64);
  const anyOverlap = { ...net, radius: 0 };
  const whole = await upscaleImage(picture, anyOverlap, { tile: 2 * tile, signal });
  const seamAt = async (overlap: number): Promise<number> => {
    const tiled = await upscaleImage(picture, anyOverlap, { tile, overlap, signal });
    let worst = 0;
    for (let i = 0; i < whole.data.length; i++)
      worst = Math.max(worst, Math.abs(whole.data[i]! - tiled.data[i]!));
    return worst;
  };
  let [overlap, seam] = [0, await seamAt(0)];
  let tooSmall = -1;
  while (seam > 1) {
    if (overlap === mostOverlap) return { overlap, seam };
    tooSmall = overlap;
    overlap = overlap === 0 ? 1 : 2 * overlap;
    seam = await seamAt(overlap);
  }
  while (overlap - tooSmall > 1) {
    const middle = Math.floor((tooSmall + overlap) / 2);
    const found = await seamAt(middle);
    if (found > 1) tooSmall = middle;
    else [overlap, seam] = [middle, found];
  }
  // Not all that the network sees: on other pictures the rest may show a little more.
  return { overlap: seam > 0 ? Math.min(mostOverlap, overlap + reserve) : overlap, seam };
}

/** Random blocks of 1, 2, 4, 8 and 16 pixels on top of each other: contrast at every size, up to black and white. */
function detailed(width: number, height: number): Pixels {
  const picture = blankPixels(width, height, 3);
  const rng = new Rng(64);
  const sizes = [1, 2, 4, 8, 16];
  const values = sizes.map((size) => {
    const columns = Math.ceil(width / size);
    const cells = Array.from({ length: 3 * columns * Math.ceil(height / size) }, () => rng.next() - 0.5);
    return (x: number, y: number, c: number) =>
      cells[(Math.floor(y / size) * columns + Math.floor(x / size)) * 3 + c]!;
  });
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++, i++) {
        const sum = values.reduce((all, value) => all + value(x, y, c), 0);
        picture.data[i] = Math.min(255, Math.max(0, 128 + 160 * sum));
      }
  return picture;
}
