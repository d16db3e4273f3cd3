import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import sharp, { type Metadata, type SharpOptions } from 'sharp';
import { UserError } from '../base/errors';
import { codedColour, isLinear } from './colour';
import { exifOrientation, exifText, readBlock, type ExifText, type ReadBytes } from './exif';
import type { InputFormat, PhotoMetadata } from './metadata';
import { explainReadError, maxMegapixels, readable, spareChannels } from './readError';

// A cache would keep files open (and thus locked on Windows) and hand out stale pictures after a file changed.
sharp.cache(false);

/** What a file's header says, and how the photo is to be read. */
export interface Inspected {
  header: Metadata;
  format: InputFormat;
  /** 1..8, as in EXIF. */
  orientation: number;
  grey: boolean;
  /** The samples are converted to sRGB: networks and most programs know no CMYK, Lab or linear light. */
  converted: boolean;
  /** Bits per sample of what it is decoded to. */
  depth: 8 | 16;
}

/** sharp's options for reading any photo. */
export function readOptions(extra: SharpOptions = {}): SharpOptions {
  // 'error' also fails on truncated files, but not on the harmless warnings of some cameras' files.
  return { failOn: 'error', limitInputPixels: maxMegapixels * 1e6, ...extra };
}

/** Looks at a photo's header. UserError naming the file and what is wrong with it. */
export async function inspect(path: string): Promise<Inspected> {
  try {
    // The file system's own error says more than sharp's "Input file is missing".
    const file = await open(path, 'r');
    const isFolder = (await file.stat()).isDirectory();
    await file.close();
    if (isFolder) throw new UserError(`${path} is a folder.`);
    // HEIC files of phones with 200 megapixels have more tiles than libheif allows otherwise.
    const header = await sharp(path, readOptions({ unlimited: true })).metadata();
    const format = formatOf(header);
    if (!format) throw new UserError(`${path} is a ${header.format.toUpperCase()} file. ${readable}`);
    if (!(header.depth === 'uchar' || header.depth === 'ushort') || header.space === 'multiband') {
      throw new UserError(
        `${path} has samples of an uncommon kind (${header.depth}). Save it with 8 or 16 bits a channel.`,
      );
    }
    const text = textExif(header);
    const orientation = header.orientation ?? (text && exifOrientation(readBlock(text))) ?? 1;
    const { space, icc } = header;
    const grey = space === 'b-w' || space === 'grey16';
    const ofInk = space === 'cmyk' || space === 'lab';
    const colours = grey ? 1 : space === 'cmyk' ? 4 : 3;
    if (header.channels > colours + 1) throw new UserError(`${path} ${spareChannels}`);
    const converted = ofInk || (!grey && icc !== undefined && isLinear(icc));
    const depth = header.depth === 'ushort' && !ofInk && format !== 'heic' ? 16 : 8;
    return { header, format, orientation, grey, converted, depth };
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

/** EXIF that ImageMagick writes as hexadecimal text into PNG. */
function textExif(header: Metadata): Buffer | undefined {
  const comment = header.comments?.find(({ keyword }) => /^Raw profile type (exif|APP1)$/i.test(keyword));
  const hex = comment?.text.match(/^\s*\w+\s+\d+\s+([0-9a-f\s]+)$/i)?.[1];
  return hex === undefined ? undefined : Buffer.from(hex.replace(/\s/g, ''), 'hex');
}

/** What the photo carries besides its samples, and in plain words what cannot be kept of it. */
export async function describe(
  path: string,
  inspected: Inspected,
): Promise<{ metadata: PhotoMetadata; notes: string[] }> {
  const { header, format, converted } = inspected;
  const { xmp, density, iptc, comments } = header;
  const block = header.exif ?? textExif(header);
  const exif = block ? exifText(readBlock(block)) : format === 'tiff' ? tiffText(path) : undefined;
  const hasIptc =
    iptc !== undefined || comments?.some(({ keyword }) => /^Raw profile type iptc$/i.test(keyword));
  const has = { exif: block !== undefined || exif !== undefined, iptc: hasIptc ?? false };
  const { icc, note } = await coloursOf(path, inspected);
  const metadata = {
    ...(icc && !converted && { icc }),
    ...(density !== undefined && { density }),
    ...(xmp && { xmp: xmp.toString() }),
    ...(exif && { exif }),
    ...((has.exif || has.iptc || xmp || comments) && { source: path, has }),
  };
  return { metadata, notes: [...notesOf(inspected), ...(note === undefined ? [] : [note])] };
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

function notesOf({ header, format, converted, depth }: Inspected): string[] {
  const notes: string[] = [];
  const what = { gif: 'frames', webp: 'frames', heic: 'pictures', avif: 'pictures' }[format as string];
  if ((header.pages ?? 1) > 1) notes.push(`only the first of ${header.pages} ${what ?? 'pages'} was read`);
  const from = /^(cmyk|lab)/.test(header.space) ? header.space.toUpperCase() : 'linear light';
  if (converted) notes.push(`the colours were converted from ${from} to sRGB`);
  if (header.depth === 'ushort' && depth === 8) notes.push('it was read with 8 bits a channel');
  if (header.gainMap) notes.push('its HDR gain map was left out');
  return notes;
}

/** Numbers of ITU-T H.273. */
const p3 = 12;
const bt2020 = 9;
const hdr: Partial<Record<number, string>> = { 16: 'PQ', 18: 'HLG' };

/** The ICC profile. HEIC and AVIF without one may name their colours by numbers instead, for which there may be one. */
async function coloursOf(
  path: string,
  { header, format }: Inspected,
): Promise<{ icc?: Uint8Array | undefined; note?: string }> {
  if (header.icc || (format !== 'heic' && format !== 'avif')) return { icc: header.icc };
  const { primaries, transfer } = (await codedColour(path)) ?? { primaries: 1, transfer: 1 };
  const brightness = hdr[transfer];
  if (brightness !== undefined)
    return { note: `its colours are HDR (${brightness}), which the result does not say: it will look pale` };
  if (primaries === p3) return { icc: await displayP3() };
  if (primaries === bt2020)
    return { note: 'its wide colours (BT.2020) have no profile: the result will look pale' };
  return {};
}

/** The profile of Display P3 that sharp brings along. */
async function displayP3(): Promise<Uint8Array | undefined> {
  const dot = sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } });
  const png = await dot.withIccProfile('p3').png().toBuffer();
  return (await sharp(png).metadata()).icc;
}
