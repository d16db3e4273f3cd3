import sharp from 'sharp';
import { UserError } from '../base/errors';
import { copyMetadata } from './exiftool';
import { fittingProfile, uprightXmp, type PhotoFormat, type PhotoMetadata } from './metadata';
import { bytesOf, hasAlpha, isGrey, type Pixels } from './pixels';
import { placeFile } from './placeFile';
import { plainTiffHeader } from './plainTiff';
import { verifyPicture } from './verify';

// As in decode.ts: a file is looked at again after it was written.
sharp.cache(false);

/** A PNG in memory, with the profile that the samples are in; a profile for another kind of picture is left out. */
export async function encodePicture(pixels: Pixels, icc?: Uint8Array): Promise<Uint8Array> {
  return bytesOf(await encode(pixels, icc ? { icc } : {}, 'png', 100, []));
}

export interface EncodeOptions {
  format: PhotoFormat;
  /** 1..100 for JPEG and WebP (default 95). */
  quality?: number;
  /** Replace an existing file (default: that is an error). */
  overwrite?: boolean;
  /** A result of one colour is wrong (see `isVaried`). */
  varied?: boolean;
  /** Called when the finished, verified file is to get its name next, with what the format could not carry; may throw. */
  ready?: (temporary: string, lost: readonly string[]) => void;
}

/**
 * Encodes upright pixels with the photo's metadata and puts the verified file in place whole or not at all.
 * @returns what the format could not carry, in plain words.
 * UserError where the file cannot be written or the format cannot hold the picture.
 */
export async function encodePhoto(
  pixels: Pixels,
  metadata: PhotoMetadata,
  path: string,
  { format, quality = 95, overwrite = false, varied = false, ready }: EncodeOptions,
): Promise<string[]> {
  const { width, height } = pixels;
  const limit = { jpeg: 65535, webp: 16383, avif: 65536, png: 0x7fffffff, tiff: 0x7fffffff }[format];
  if (width > limit || height > limit) {
    throw new UserError(
      `${path} would be ${width}x${height} pixels, but ${format} holds at most ${limit} a side. Choose png or tiff.`,
    );
  }
  const notes: string[] = [];
  const file = await encode(pixels, metadata, format, quality, notes);
  await placeFile(path, file, {
    overwrite,
    verify: async (temporary) => {
      notes.push(...(await copyMetadata(metadata, temporary, format, pixels)));
      // What was transparent may be all there was to see.
      const flattened = format === 'jpeg' && hasAlpha(pixels);
      await verifyPicture(temporary, path, { format, width, height, varied: varied && !flattened });
      ready?.(temporary, notes);
    },
  });
  return notes;
}

/** Samples to an encoded file with what sharp can carry of the metadata. */
async function encode(
  pixels: Pixels,
  metadata: PhotoMetadata,
  format: PhotoFormat,
  quality: number,
  notes: string[],
): Promise<Buffer> {
  const { data } = pixels;
  const wide = pixels.depth === 16 && (format === 'png' || format === 'tiff');
  const { density } = metadata;
  const header = plainTiffHeader(pixels, { icc: fittingProfile(metadata, pixels, format, notes), density });
  const samples = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let image = sharp(Buffer.concat([header, samples]), { limitInputPixels: false }).keepIccProfile();
  if (metadata.xmp) image = image.withXmp(uprightXmp(metadata.xmp));
  if (metadata.exif) image = image.withExif({ ...metadata.exif });
  if (hasAlpha(pixels) && format === 'jpeg') {
    image = image.flatten({ background: '#ffffff' });
    notes.push('JPEG has no transparency: it was filled with white');
  }
  if (pixels.depth === 16 && !wide) notes.push(`${format} holds 8 bits a channel: 16 were rounded to 8`);
  image = image.toColourspace(wide ? (isGrey(pixels) ? 'grey16' : 'rgb16') : isGrey(pixels) ? 'b-w' : 'srgb');
  switch (format) {
    case 'jpeg':
      image = image.jpeg({ quality, chromaSubsampling: '4:4:4' });
      break;
    case 'png':
      image = image.png();
      break;
    case 'webp':
      image = image.webp({ quality, smartSubsample: true, exact: true });
      break;
    case 'avif':
      image = image.avif({ quality, chromaSubsampling: '4:4:4' });
      break;
    case 'tiff':
      image = image.tiff({ compression: 'lzw', predictor: 'horizontal' });
  }
  return image.toBuffer();
}
