import { open, rm } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { FileRows } from './fileRows';
import { decodeHeic } from './heic';
import { describe, inspect, readOptions, type Inspected } from './inspect';
import type { InputFormat, PhotoMetadata } from './metadata';
import { bytesOf, type Pixels } from './pixels';
import { encodeError, explainWriteError } from './placeFile';
import { plainTiffHeader } from './plainTiff';
import { explainReadError } from './readError';
import { rowsOf, sampleBytes, type RowSource } from './rows';
import { mostInMemory } from './uncompressed';
import { uprightRows } from './upright';

export interface PhotoHeader {
  format: InputFormat;
  /** Size after the orientation is applied. */
  width: number;
  height: number;
  /** What it is decoded to. */
  channels: Pixels['channels'];
  depth: Pixels['depth'];
  /** Its decoder holds the whole picture in memory, however it is read. */
  whole: boolean;
}

export interface DecodedPhoto {
  pixels: Pixels;
  metadata: PhotoMetadata;
  /** What could not be kept, in plain words. */
  notes: string[];
}

/** A photo whose rows are read when they are needed; to be closed when none are needed any more. */
export interface OpenPhoto extends Omit<DecodedPhoto, 'pixels'> {
  rows: RowSource;
  close: () => Promise<void>;
}

/** libvips' own header in its uncompressed files. */
const vipsHeaderBytes = 64;

/** Reads a photo's format and upright size without decoding it. UserError as in {@link decodePhoto}. */
export async function readHeader(path: string): Promise<PhotoHeader> {
  const { header, format, orientation, grey, depth } = await inspect(path);
  const turned = orientation >= 5;
  return {
    ...{ format, depth },
    width: turned ? header.height : header.width,
    height: turned ? header.width : header.height,
    channels: ((grey ? 1 : 3) + (header.hasAlpha ? 1 : 0)) as Pixels['channels'],
    whole: header.isProgressive || !['jpeg', 'png', 'tiff'].includes(format),
  };
}

/**
 * Opens a photo for reading row by row: decoded to memory, or where it has more than `most` bytes to a file that
 * `temporary` names (it ends in `.v`). UserError as in {@link decodePhoto}.
 */
export async function openPhoto(
  path: string,
  temporary: () => Promise<string>,
  most = mostInMemory,
): Promise<OpenPhoto> {
  const header = await readHeader(path);
  // The decoder of HEIC gives the whole picture in any case.
  if (header.format !== 'heic' && sampleBytes(header) > most) return decodeToFile(path, await temporary());
  const { pixels, ...rest } = await decodePhoto(path);
  return { rows: rowsOf(pixels), ...rest, close: () => Promise.resolve() };
}

/**
 * Decodes a photo: 8 or 16 bits, grey and alpha as they are, indexed colours as RGB, upright, of several pictures the
 * first. Samples are not colour-converted, except CMYK, Lab and linear ones, which become sRGB; the profile is handed on
 * instead. UserError naming the file and what is wrong with it.
 */
export async function decodePhoto(path: string): Promise<DecodedPhoto> {
  const inspected = await inspect(path);
  try {
    const pixels = await pixelsOf(path, inspected);
    return { pixels, ...(await describe(path, inspected)) };
  } catch (error) {
    throw explainReadError(path, error);
  }
}

async function pixelsOf(path: string, inspected: Inspected): Promise<Pixels> {
  const { header, format, orientation, grey, depth } = inspected;
  if (format === 'heic') return decodeHeic(path, header.hasAlpha);
  const { data, info } = await upright(samplesOf(path, inspected), orientation)
    .raw({ depth: depth === 16 ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (depth === 8) {
    const pixels: Pixels = { width, height, channels, depth, data: bytesOf(data) };
    return grey && header.hasAlpha ? greyAlpha(pixels) : pixels;
  }
  const samples = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  if (format === 'avif') fillLowBits(samples, header.bitsPerSample ?? 16);
  return { width, height, channels, depth, data: samples };
}

/** AVIF with 10 or 12 bits comes with zeros below them; with the high bits repeated there, white is white. */
function fillLowBits(samples: Uint16Array, bits: number): void {
  for (let i = 0; i < samples.length; i++) samples[i]! |= samples[i]! >> bits;
}

/** In libvips' uncompressed format, which lies in the file as it was stored and is turned upright when it is read. */
async function decodeToFile(path: string, temporary: string): Promise<OpenPhoto> {
  const inspected = await inspect(path);
  const { orientation, grey, depth } = inspected;
  const image = samplesOf(path, inspected);
  if (grey && depth === 8) image.toColourspace('b-w');
  try {
    const { width, height, channels } = await image.toFile(temporary).catch(async (error: unknown) => {
      // A full disk is not the photo's fault.
      throw explainWriteError(temporary, await encodeError(temporary, error));
    });
    const described = await describe(path, inspected);
    const file = await open(temporary);
    const shape = { width, height, channels, depth };
    const stored = new FileRows(shape, file, vipsHeaderBytes);
    return {
      rows: uprightRows(stored, orientation),
      ...described,
      close: async () => {
        await file.close();
        await rm(temporary, { force: true });
      },
    };
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainReadError(path, error);
  }
}

/** The samples of a file as they are stored, not yet upright. */
function samplesOf(path: string, { header, grey, converted, depth }: Inspected): Sharp {
  // 8-bit grey with alpha goes through sRGB: the raw writer would drop the alpha.
  const narrow = grey && !header.hasAlpha ? 'b-w' : 'srgb';
  const colourspace = depth === 16 ? (grey ? 'grey16' : 'rgb16') : narrow;
  const image = sharp(path, readOptions({ ignoreIcc: !converted })).toColourspace(colourspace);
  return converted && depth === 16 ? fromP3(image) : image;
}

/** Where sharp converts 16-bit colours by their profile it leaves them in Display P3. */
const fromP3 = (image: Sharp): Sharp => image.withIccProfile('srgb', { attach: false });

/**
 * A small picture of a photo for the screen: upright, sRGB, WebP, at most `side` pixels a side; the file is read at the
 * smallest size that its format offers. UserError as in {@link decodePhoto}.
 */
export async function thumbnail(path: string, side: number): Promise<{ type: string; bytes: Uint8Array }> {
  const { header, orientation, format, grey, depth } = await inspect(path);
  try {
    const source = format === 'heic' ? await heicAsTiff(path) : path;
    // Turned after the reduction: what is turned first must be read at full size.
    const small = sharp(source, readOptions()).resize(side, side, {
      fit: 'inside',
      withoutEnlargement: true,
    });
    const webp = upright(small, orientation).toColourspace('srgb').webp({ quality: 80 });
    const bytes = await (header.icc && depth === 16 && !grey ? fromP3(webp) : webp).toBuffer();
    return { type: 'image/webp', bytes: bytesOf(bytes) };
  } catch (error) {
    throw explainReadError(path, error);
  }
}

async function heicAsTiff(path: string): Promise<Uint8Array> {
  const { pixels, metadata } = await decodePhoto(path);
  return Buffer.concat([plainTiffHeader(pixels, { icc: metadata.icc }), pixels.data as Uint8Array]);
}

/** Turns a picture as EXIF orientation 1..8 asks; done here since sharp misses the EXIF that ImageMagick puts in PNG text. */
function upright(image: Sharp, orientation: number): Sharp {
  // sharp mirrors before it turns, whatever the order of the calls.
  switch (orientation) {
    case 2:
      return image.flop();
    case 3:
      return image.rotate(180);
    case 4:
      return image.flip();
    case 5:
      return image.flop().rotate(270);
    case 6:
      return image.rotate(90);
    case 7:
      return image.flop().rotate(90);
    case 8:
      return image.rotate(270);
    default:
      return image;
  }
}

function greyAlpha(rgba: Pixels): Pixels {
  const data = new Uint8Array(rgba.width * rgba.height * 2);
  for (let i = 0; i < data.length; i += 2) {
    data[i] = rgba.data[2 * i]!;
    data[i + 1] = rgba.data[2 * i + 3]!;
  }
  return { ...rgba, channels: 2, data };
}
