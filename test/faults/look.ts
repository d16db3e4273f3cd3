import sharp from 'sharp';

// Pictures looked at without our own code.

/** Small photos are not to be enlarged to be compared. */
const side = 8;

export interface Look {
  /** Upright. */
  width: number;
  height: number;
  /** The picture reduced to 8x8, RGB on white, as JPEG has it. */
  small: Uint8Array;
  isConstant: boolean;
}

/** Decodes all of a picture; throws where it is damaged, if `whole`. Undefined where nothing can be made of it. */
export async function look(path: string, { whole }: { whole: boolean }): Promise<Look | undefined> {
  const options = { limitInputPixels: false, failOn: whole ? 'error' : 'none' } as const;
  try {
    const turned = await sharp(path, options)
      .autoOrient()
      .toColourspace('srgb')
      .png({ compressionLevel: 0 })
      .toBuffer({ resolveWithObject: true });
    const { width, height } = turned.info;
    const picture = () => sharp(turned.data, { limitInputPixels: false }).flatten({ background: '#ffffff' });
    const small = await picture()
      .resize(side, side, { fit: 'fill' })
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer();
    const { channels } = await picture().stats();
    return { width, height, small, isConstant: channels.every(({ min, max }) => min === max) };
  } catch (error) {
    if (whole) throw error;
    return undefined;
  }
}

/** Mean difference of two pictures, 0..255. */
export function difference(a: Look, b: Look): number {
  let sum = 0;
  for (let i = 0; i < a.small.length; i++) sum += Math.abs(a.small[i]! - b.small[i]!);
  return sum / a.small.length;
}
