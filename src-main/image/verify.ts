import sharp from 'sharp';
import { UserError } from '../base/errors';
import type { PhotoFormat } from '../shared/formats';
import { maxValue } from './pixels';
import type { RowSource } from './rows';

/** What a written picture must be. */
export interface ExpectedPicture {
  format: PhotoFormat;
  width: number;
  height: number;
  /** Whether it cannot be of one colour, since the photo that it was made of is not. */
  varied: boolean;
}

/** Side of the small picture that a file is reduced to; all of its bytes are decoded on the way, a band at a time. */
const side = 64;

/**
 * Decodes a written file from its first to its last byte, in little memory where the format can be read in order.
 * UserError naming `path`, which the file is to become, where it is damaged, of another size, or of one colour though it
 * should not be.
 */
export async function verifyPicture(
  file: string,
  path: string,
  { format, width, height, varied }: ExpectedPicture,
): Promise<void> {
  const wrong = (what: string): UserError =>
    new UserError(
      `The result ${path} ${what}, and was not kept. Try again, or choose another model or format.`,
    );
  const open = () => sharp(file, { limitInputPixels: false, sequentialRead: true });
  try {
    const header = await open().metadata();
    const is = header.format === 'heif' ? 'avif' : header.format;
    if (is !== format || header.width !== width || header.height !== height)
      throw wrong(`came out as ${header.width}x${header.height} ${is}, not ${width}x${height} ${format}`);
    const small = { width: Math.min(side, width), height: Math.min(side, height), fit: 'fill' } as const;
    const { data, info } = await open().resize(small).raw().toBuffer({ resolveWithObject: true });
    if (!varied || !isConstant(data, info.channels)) return;
    // A fine pattern vanishes when it is reduced: only then it pays to look at every pixel.
    const { channels } = await open().stats();
    if (channels.every(({ min, max }) => min === max)) throw wrong('came out in one colour');
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw wrong(`cannot be read back (${error instanceof Error ? error.message.split('\n')[0] : ''})`);
  }
}

/** By so much of the whole range must cells of a photo differ that its result cannot be of one colour. */
const clearly = 16 / 255;

/** Whether a result of that size cannot be of one colour, whatever is rounded: cells of a row's pixels differ clearly. */
export async function isVaried(
  photo: RowSource,
  result: { width: number; height: number },
): Promise<boolean> {
  const { width, height, channels } = photo;
  const columns = Math.min(side, width, result.width);
  const rows = Math.min(side, height, result.height);
  const threshold = clearly * maxValue(photo);
  const [low, high] = [new Float64Array(channels).fill(Infinity), new Float64Array(channels).fill(-Infinity)];
  for (let row = 0; row < rows; row++) {
    const { data } = await photo.rows(Math.floor((row * height) / rows), 1);
    for (let column = 0; column < columns; column++) {
      const from = Math.floor((column * width) / columns);
      const to = Math.floor(((column + 1) * width) / columns);
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let x = from; x < to; x++) sum += data[x * channels + channel]!;
        const mean = sum / (to - from);
        low[channel] = Math.min(low[channel]!, mean);
        high[channel] = Math.max(high[channel]!, mean);
        if (high[channel]! - low[channel]! > threshold) return true;
      }
    }
  }
  return false;
}

function isConstant(samples: Uint8Array, channels: number): boolean {
  for (let i = channels; i < samples.length; i++) if (samples[i] !== samples[i - channels]) return false;
  return true;
}
