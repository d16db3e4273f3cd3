import { detailBlock, detailedCrop, detailedWindows, mapDetail } from '../data/detail';
import { resizeBicubic } from '../data/degrade';
import type { PhotoPair } from '../data/prepare';
import { cropPixels, toRgb8, type Pixels } from '../image/pixels';
import { Region } from '../image/region';
import type { Sample } from './reportData';

/** Side of a crop that is shown beside its original, in blocks of the detail map. */
const comparedBlocks = 7;

/** Size of a crop of a real photo, in pixels of the result. */
const wiped = { width: 256, height: 192 };

/**
 * The most detailed crops of a photo whose original is known, enlarged from its LR picture both ways; `tailored` is the
 * network's whole result. Fewer than `count` where the photo has no room for them.
 */
export function comparedCrops(
  title: string,
  { hr, lr }: PhotoPair,
  tailored: Pixels,
  count: number,
): Sample[] {
  const side = comparedBlocks * detailBlock;
  const bicubic = resizeBicubic(lr, hr.width, hr.height);
  return detailedWindows(mapDetail(hr), comparedBlocks, count).map(({ x, y }) => {
    const region = new Region(x, y, side, side);
    const [original, ...enlarged] = [hr, bicubic, tailored].map((pixels) => cropPixels(pixels, region));
    return { title, original: original!, bicubic: enlarged[0]!, tailored: enlarged[1]! };
  });
}

/** The most detailed crop of a photo that was really enlarged, beside bicubic. */
export function upscaledCrop(title: string, photo: Pixels, upscaled: Pixels): Sample {
  const { width, height } = upscaled;
  const tailored = toRgb8(upscaled);
  const size = { width: Math.min(width, wiped.width), height: Math.min(height, wiped.height) };
  const region = detailedCrop(mapDetail(tailored), tailored, size);
  const bicubic = resizeBicubic(toRgb8(photo), width, height);
  return { title, bicubic: cropPixels(bicubic, region), tailored: cropPixels(tailored, region) };
}
