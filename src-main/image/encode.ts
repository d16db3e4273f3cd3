import sharp, { type Sharp } from 'sharp';
import { UserError } from '../base/errors';
import { heldDepth, longestSide, type Chroma, type Depth, type PhotoFormat } from '../shared/formats';
import { copyMetadata } from './exiftool';
import { fittingProfile, uprightXmp, type PhotoMetadata } from './metadata';
import { bytesOf, hasAlpha, isGrey, type Pixels } from './pixels';
import { encodeError, placeFile } from './placeFile';
import { sampleBytes, type Shape } from './rows';
import { asUncompressed, type Uncompressed } from './uncompressed';
import { verifyPicture } from './verify';

// As in decode.ts: a file is looked at again after it was written.
sharp.cache(false);

/** Above so many bytes of samples a TIFF is written as BigTIFF, which fewer programs read: the other kind ends at 4 GB. */
const largestTiff = 3e9;

export interface EncodeOptions {
  format: PhotoFormat;
  /** 1..100 for JPEG, WebP and AVIF (default 95). */
  quality?: number | undefined;
  /** 4:2:0 keeps a quarter of the colours' samples, in JPEG, WebP and AVIF (default 4:4:4, which WebP cannot). */
  chroma?: Chroma | undefined;
  /** Bits per sample (default: the picture's own, as far as the format holds them). */
  depth?: Depth | undefined;
  /** The size of the written picture, where it is not the given one's: resampled with a Lanczos kernel. */
  size?: { width: number; height: number } | undefined;
  /** Replace an existing file (default: that is an error). */
  overwrite?: boolean | undefined;
  /** A result of one colour is wrong (see `isVaried`). */
  varied?: boolean;
  /** Called when the finished, verified file is to get its name next, with what the format could not carry; may throw. */
  ready?: (temporary: string, lost: readonly string[]) => void;
}

/** A PNG in memory, with the profile that the samples are in; a profile for another kind of picture is left out. */
export async function encodePicture(pixels: Pixels, icc?: Uint8Array): Promise<Uint8Array> {
  const metadata = icc ? { icc } : {};
  const picture = plainPicture(pixels, metadata, 'png', []);
  return bytesOf(await encoder(picture, metadata, { format: 'png' }).toBuffer());
}

/**
 * Encodes an upright picture and puts the verified file in place whole or not at all. What comes from a file is read row
 * by row: only WebP and AVIF are held as a whole. A picture that is uncompressed already has its profile in it.
 * @returns what the format could not carry, in plain words.
 * UserError where the file cannot be written or the format cannot hold the picture.
 */
export async function encodePhoto(
  given: Pixels | Uncompressed,
  metadata: PhotoMetadata,
  path: string,
  options: EncodeOptions,
): Promise<string[]> {
  const { format, overwrite = false, varied = false, ready } = options;
  const notes: string[] = [];
  const picture = 'data' in given ? plainPicture(given, metadata, format, notes) : given;
  const { width, height } = options.size ?? given;
  const longest = longestSide[format];
  if (Math.max(width, height) > longest) {
    throw new UserError(
      `${path} would be ${width}x${height} pixels, but ${format} holds at most ${longest} a side. Choose png or tiff.`,
    );
  }
  notes.push(...lossesOf(given, options));
  const write = async (temporary: string): Promise<void> => {
    await encoder(picture, metadata, options)
      .toFile(temporary)
      .catch(async (error: unknown) => {
        throw await encodeError(temporary, error);
      });
    notes.push(...(await copyMetadata(metadata, temporary, format, { width, height })));
  };
  await placeFile(path, write, {
    overwrite,
    verify: async (temporary) => {
      // What was transparent may be all there was to see.
      const flattened = format === 'jpeg' && hasAlpha(given);
      await verifyPicture(temporary, path, { format, width, height, varied: varied && !flattened });
      ready?.(temporary, notes);
    },
  });
  return notes;
}

function plainPicture(
  pixels: Pixels,
  metadata: PhotoMetadata,
  format: PhotoFormat,
  notes: string[],
): Uncompressed {
  const icc = fittingProfile(metadata, pixels, format, notes);
  return asUncompressed(pixels, { icc, density: metadata.density });
}

/** What the format or the options cost, in plain words. */
function lossesOf(shape: Shape, { format, chroma, depth }: EncodeOptions): string[] {
  const notes: string[] = [];
  if (hasAlpha(shape) && format === 'jpeg') {
    notes.push('JPEG has no transparency: it was filled with white');
  }
  const held = heldDepth(format, depth ?? shape.depth);
  if (held < (depth ?? shape.depth)) notes.push(`${format} holds 8 bits a channel: 16 were rounded to 8`);
  if (format === 'webp' && chroma === '4:4:4')
    notes.push('WebP keeps a quarter of the colour samples (4:2:0)');
  return notes;
}

/** The way from a picture to an encoded file with what sharp can carry of the metadata. */
function encoder(
  picture: Uncompressed,
  { xmp, exif }: PhotoMetadata,
  { format, quality = 95, chroma = '4:4:4', depth = picture.depth, size }: EncodeOptions,
): Sharp {
  const grey = isGrey(picture);
  const wide = heldDepth(format, depth) === 16;
  let image = sharp(picture.tiff, { limitInputPixels: false }).keepIccProfile();
  if (size) image = image.resize(size.width, size.height, { fit: 'fill', kernel: 'lanczos3' });
  if (xmp !== undefined) image = image.withXmp(uprightXmp(xmp));
  if (exif) image = image.withExif({ ...exif });
  if (hasAlpha(picture) && format === 'jpeg') image = image.flatten({ background: '#ffffff' });
  image = image.toColourspace(wide ? (grey ? 'grey16' : 'rgb16') : grey ? 'b-w' : 'srgb');
  switch (format) {
    case 'jpeg':
      // Optimised codes would make a file some percent smaller, for 12 bytes of memory a pixel and most of the time.
      return image.jpeg({ quality, chromaSubsampling: chroma, optimiseCoding: false });
    case 'png':
      return image.png();
    case 'webp':
      return image.webp({ quality, smartSubsample: true, exact: true });
    case 'avif':
      return image.avif({ quality, chromaSubsampling: chroma, effort: 2 });
    case 'tiff':
      return image.tiff({
        compression: 'lzw',
        predictor: 'horizontal',
        bigtiff: sampleBytes(picture) > largestTiff,
      });
  }
}
