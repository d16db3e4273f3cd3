import { attachToJpeg, attachToPng, attachToWebp, type Blocks } from './container';
import { updateExif, updateXmp } from './exif';
import { hasAlpha, isGrey, type Pixels } from './pixels';
import { attachToTiff } from './tiffTags';

export const photoFormats = ['jpeg', 'png', 'webp', 'tiff'] as const;
export type PhotoFormat = (typeof photoFormats)[number];

/** What a photo carries besides its samples, byte for byte; the samples are in the profile's colours. */
export interface PhotoMetadata {
  format: PhotoFormat;
  icc?: Uint8Array;
  exif?: Uint8Array;
  xmp?: Uint8Array;
}

/** Puts the metadata into the encoded file, changed where the new picture asks for it. */
export function attachMetadata(
  encoded: Buffer,
  pixels: Pixels,
  metadata: PhotoMetadata,
  format: PhotoFormat,
  notes: string[],
): Buffer {
  const { width, height } = pixels;
  const blocks: Blocks = {};
  if (metadata.exif) {
    const exif = updateExif(metadata.exif, width, height);
    if (exif) blocks.exif = exif;
    else notes.push('its EXIF is damaged and was left out');
  }
  if (metadata.xmp) blocks.xmp = updateXmp(metadata.xmp);
  if (metadata.icc) {
    // WebP always stores RGB; a profile for another colour model would make readers show wrong colours.
    const model = isGrey(pixels) && format !== 'webp' ? 'GRAY' : 'RGB ';
    if (Buffer.from(metadata.icc).toString('latin1', 16, 20) === model) blocks.icc = metadata.icc;
    else notes.push(`its colour profile does not fit ${format} and was left out`);
  }
  if (!blocks.exif && !blocks.xmp && !blocks.icc) return encoded;
  switch (format) {
    case 'jpeg': {
      const { file, tooLarge } = attachToJpeg(encoded, blocks);
      for (const name of tooLarge) notes.push(`its ${name} is too large for JPEG and was left out`);
      return file;
    }
    case 'png':
      return attachToPng(encoded, blocks);
    case 'webp':
      return attachToWebp(encoded, { width, height, alpha: hasAlpha(pixels) }, blocks);
    case 'tiff':
      return attachToTiff(encoded, blocks);
  }
}
