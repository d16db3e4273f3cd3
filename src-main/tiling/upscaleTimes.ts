import type { RowSource, Shape } from '../image/rows';
import type { Uncompressed } from '../image/uncompressed';
import type { UpscaleNet, UpscaleOptions } from './upscaleImage';
import { upscaleRows } from './upscaleRows';

/**
 * Upscales a picture with the same network `times` times over, each result being the next one's picture. `room` makes
 * the place for a result; those in between are closed, the last one is the caller's. Errors as in {@link upscaleRows}.
 */
export async function upscaleTimes(
  source: RowSource,
  net: UpscaleNet,
  times: number,
  room: (shape: Shape) => Promise<Uncompressed>,
  { onPart, ...options }: UpscaleOptions = {},
): Promise<Uncompressed> {
  const area = net.scale ** 2;
  // Each pass takes as long as its picture is large.
  const all = Array.from({ length: times }, (_, i) => area ** i).reduce((sum, part) => sum + part, 0);
  let done = 0;
  let picture: RowSource = source;
  let last: Uncompressed | undefined;
  try {
    for (let pass = 0; pass < times; pass++) {
      const { width, height, channels, depth } = picture;
      const next = await room({ width: width * net.scale, height: height * net.scale, channels, depth });
      const before = last;
      last = next;
      try {
        await upscaleRows(picture, net, next, {
          ...options,
          onPart: (part) => onPart?.((done + area ** pass * part) / all),
        });
      } finally {
        await before?.close();
      }
      done += area ** pass;
      picture = next;
    }
    return last!;
  } catch (error) {
    await last?.close();
    throw error;
  }
}
