import { closeSync, openSync, readSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp';
import { UserError } from '../base/errors';
import { exifOrientation, exifText, readBlock, type ExifText, type ReadBytes } from './exif';
import { FileRows } from './fileRows';
import type { InputFormat, PhotoMetadata } from './metadata';
import { bytesOf, type Pixels } from './pixels';
import { explainReadError, maxMegapixels, readable } from './readError';
import { rowsOf, sampleBytes, type RowSource } from './rows';
import { mostInMemory } from './uncompressed';
import { uprightRows } from './upright';

// A cache would keep files open (and thus locked on Windows) and hand out stale pictures after a file changed.
sharp.cache(false);

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
  const { header, orientation } = await inspect(path);
  const turned = orientation >= 5;
  return {
    format: formatOf(header)!,
    width: turned ? header.height : header.width,
    height: turned ? header.width : header.height,
    channels: ((isGreySpace(header) ? 1 : 3) + (header.hasAlpha ? 1 : 0)) as Pixels['channels'],
    depth: header.depth === 'ushort' ? 16 : 8,
    whole: header.isProgressive || !['jpeg', 'png', 'tiff'].includes(header.format),
  };
}

/**
 * Opens a photo for reading row by row: decoded to memory, or where it has more than `most` bytes to a file that `temporary` names (it ends
 * in `.v`). UserError as in {@link decodePhoto}.
 */
export async function openPhoto(
  path: string,
  temporary: () => Promise<string>,
  most = mostInMemory,
): Promise<OpenPhoto> {
  if (sampleBytes(await readHeader(path)) > most) return decodeToFile(path, await temporary());
  const { pixels, ...rest } = await decodePhoto(path);
  return { rows: rowsOf(pixels), ...rest, close: () => Promise.resolve() };
}

/**
 * Decodes a JPEG, PNG, WebP or TIFF file: 8 or 16 bits, grey and alpha as they are, indexed colours as RGB, upright.
 * Samples are not colour-converted (except CMYK and Lab, which become sRGB); the profile is handed on instead.
 * UserError naming the file and what is wrong with it.
 */
export async function decodePhoto(path: string): Promise<DecodedPhoto> {
  const { header, orientation } = await inspect(path);
  const { image, wide, grey, converted } = samplesOf(path, header);
  try {
    const { data, info } = await upright(image, orientation)
      .raw({ depth: wide ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const samples = wide ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : bytesOf(data);
    const decoded: Pixels = {
      width: info.width,
      height: info.height,
      channels: info.channels,
      depth: wide ? 16 : 8,
      data: samples,
    };
    const pixels = grey && !wide && header.hasAlpha ? greyAlpha(decoded) : decoded;
    return { pixels, metadata: metadataOf(path, header, converted), notes: notesOf(header, converted) };
  } catch (error) {
    throw explainReadError(path, error);
  }
}

/** In libvips' uncompressed format, which lies in the file as it was stored and is turned upright when it is read. */
async function decodeToFile(path: string, temporary: string): Promise<OpenPhoto> {
  const { header, orientation } = await inspect(path);
  const { image, wide, grey, converted } = samplesOf(path, header);
  if (grey && !wide) image.toColourspace('b-w');
  try {
    const { width, height, channels } = await image.toFile(temporary);
    const file = await open(temporary);
    const shape = { width, height, channels, depth: wide ? 16 : 8 } as const;
    const stored = new FileRows(shape, file, vipsHeaderBytes);
    return {
      rows: uprightRows(stored, orientation),
      metadata: metadataOf(path, header, converted),
      notes: notesOf(header, converted),
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
function samplesOf(path: string, header: Metadata) {
  const { space, depth } = header;
  const converted = space === 'cmyk' || space === 'lab' || space === 'labs';
  const wide = depth === 'ushort' && !converted;
  const grey = isGreySpace(header);
  // 8-bit grey with alpha goes through sRGB: the raw writer would drop the alpha.
  const colourspace = wide ? (grey ? 'grey16' : 'rgb16') : grey && !header.hasAlpha ? 'b-w' : 'srgb';
  const image = sharp(path, readOptions({ ignoreIcc: !converted })).toColourspace(colourspace);
  return { image, wide, grey, converted };
}

/**
 * A small picture of a photo for the screen: upright, sRGB, WebP, at most `side` pixels a side; the file is read at the
 * smallest size that its format offers. UserError as in {@link decodePhoto}.
 */
export async function thumbnail(path: string, side: number): Promise<{ type: string; bytes: Uint8Array }> {
  const { orientation } = await inspect(path);
  try {
    // Turned after the reduction: what is turned first must be read at full size.
    const small = sharp(path, readOptions()).resize(side, side, { fit: 'inside', withoutEnlargement: true });
    const bytes = await upright(small, orientation).toColourspace('srgb').webp({ quality: 80 }).toBuffer();
    return { type: 'image/webp', bytes: bytesOf(bytes) };
  } catch (error) {
    throw explainReadError(path, error);
  }
}

function formatOf({ format, compression }: Metadata): InputFormat | undefined {
  switch (format) {
    case 'jpeg':
    case 'png':
    case 'webp':
    case 'tiff':
    case 'gif':
      return format;
    case 'heif':
      return compression === 'av1' ? 'avif' : compression === 'hevc' ? 'heic' : undefined;
    default:
      return undefined;
  }
}

function readOptions(extra: SharpOptions = {}): SharpOptions {
  // 'error' also fails on truncated files, but not on the harmless warnings of some cameras' files.
  return { failOn: 'error', limitInputPixels: maxMegapixels * 1e6, ...extra };
}

async function inspect(path: string): Promise<{ header: Metadata; orientation: number }> {
  try {
    // The file system's own error says more than sharp's "Input file is missing".
    const file = await open(path, 'r');
    const isFolder = (await file.stat()).isDirectory();
    await file.close();
    if (isFolder) throw new UserError(`${path} is a folder.`);
    const header = await sharp(path, readOptions()).metadata();
    if (!formatOf(header))
      throw new UserError(`${path} is a ${header.format.toUpperCase()} file. ${readable}`);
    if (!(header.depth === 'uchar' || header.depth === 'ushort') || header.space === 'multiband') {
      throw new UserError(
        `${path} has samples of an uncommon kind (${header.depth}). Save it with 8 or 16 bits a channel.`,
      );
    }
    const text = textExif(header);
    return { header, orientation: header.orientation ?? (text && exifOrientation(readBlock(text))) ?? 1 };
  } catch (error) {
    throw explainReadError(path, error);
  }
}

const isGreySpace = ({ space }: Metadata): boolean => space === 'b-w' || space === 'grey16';

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

/** EXIF that ImageMagick writes as hexadecimal text into PNG. */
function textExif(header: Metadata): Buffer | undefined {
  const comment = header.comments?.find(({ keyword }) => /^Raw profile type (exif|APP1)$/i.test(keyword));
  const hex = comment?.text.match(/^\s*\w+\s+\d+\s+([0-9a-f\s]+)$/i)?.[1];
  return hex === undefined ? undefined : Buffer.from(hex.replace(/\s/g, ''), 'hex');
}

function metadataOf(path: string, header: Metadata, converted: boolean): PhotoMetadata {
  const { format, icc, xmp, density, iptc, comments } = header;
  const block = header.exif ?? textExif(header);
  const exif = block ? exifText(readBlock(block)) : format === 'tiff' ? tiffText(path) : undefined;
  const hasIptc =
    iptc !== undefined || comments?.some(({ keyword }) => /^Raw profile type iptc$/i.test(keyword));
  const has = { exif: block !== undefined || exif !== undefined, iptc: hasIptc ?? false };
  return {
    ...(icc && !converted && { icc }),
    ...(density !== undefined && { density }),
    ...(xmp && { xmp: xmp.toString() }),
    ...(exif && { exif }),
    ...((has.exif || has.iptc || xmp || comments) && { source: path, has }),
  };
}

/** A TIFF file has its EXIF in the directories of the file itself. */
function tiffText(path: string): ExifText | undefined {
  const file = openSync(path, 'r');
  const read: ReadBytes = (at, length) => {
    const bytes = Buffer.alloc(length);
    if (readSync(file, bytes, 0, length, at) < length) throw new RangeError('Past the end of the file');
    return bytes;
  };
  try {
    return exifText(read);
  } finally {
    closeSync(file);
  }
}

function notesOf(header: Metadata, converted: boolean): string[] {
  const notes: string[] = [];
  if ((header.pages ?? 1) > 1) notes.push(`only the first of ${header.pages} pages was read`);
  if (converted) notes.push(`the colours were converted from ${header.space.toUpperCase()} to sRGB`);
  return notes;
}

function greyAlpha(rgba: Pixels): Pixels {
  const data = new Uint8Array(rgba.width * rgba.height * 2);
  for (let i = 0; i < data.length; i += 2) {
    data[i] = rgba.data[2 * i]!;
    data[i + 1] = rgba.data[2 * i + 3]!;
  }
  return { ...rgba, channels: 2, data };
}
