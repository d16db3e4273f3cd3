/** The little of EXIF that is read without exiftool: how a photo is turned, and what its owner would miss most. */

/** Bytes from an offset on; RangeError past the end. */
export type ReadBytes = (at: number, length: number) => Buffer;

/** EXIF by directory (0: the picture, 2: the exposure, 3: the place), with values as sharp writes them. */
export interface ExifText {
  IFD0: Record<string, string>;
  IFD2: Record<string, string>;
  IFD3: Record<string, string>;
}

const orientationTag = 0x112;
const exposureTag = 0x8769;
const placeTag = 0x8825;

const names = {
  IFD0: {
    0x10e: 'ImageDescription',
    0x10f: 'Make',
    0x110: 'Model',
    0x131: 'Software',
    0x132: 'DateTime',
    0x13b: 'Artist',
    0x8298: 'Copyright',
  },
  IFD2: {
    0x829a: 'ExposureTime',
    0x829d: 'FNumber',
    0x8822: 'ExposureProgram',
    0x8827: 'ISOSpeedRatings',
    0x9003: 'DateTimeOriginal',
    0x9004: 'DateTimeDigitized',
    0x9011: 'OffsetTimeOriginal',
    0x9204: 'ExposureBiasValue',
    0x9207: 'MeteringMode',
    0x9209: 'Flash',
    0x920a: 'FocalLength',
    0x9291: 'SubSecTimeOriginal',
    0xa402: 'ExposureMode',
    0xa403: 'WhiteBalance',
    0xa405: 'FocalLengthIn35mmFilm',
    0xa434: 'LensModel',
  },
  IFD3: {
    1: 'GPSLatitudeRef',
    2: 'GPSLatitude',
    3: 'GPSLongitudeRef',
    4: 'GPSLongitude',
    7: 'GPSTimeStamp',
    29: 'GPSDateStamp',
  },
} as const satisfies Record<keyof ExifText, Record<number, string>>;

/** Reads from an EXIF block in memory, with or without the `Exif\0\0` that JPEG puts before it. */
export function readBlock(exif: Uint8Array): ReadBytes {
  const block = Buffer.from(exif);
  const start = block.toString('latin1', 0, 6) === 'Exif\0\0' ? 6 : 0;
  return (at, length) => {
    if (start + at + length > block.length) throw new RangeError('Past the end of the EXIF block');
    return block.subarray(start + at, start + at + length);
  };
}

/** The orientation 1..8 that EXIF names, if it does. */
export function exifOrientation(read: ReadBytes): number | undefined {
  return unlessDamaged(() => {
    const value = Number(mainDirectory(read).get(orientationTag));
    return value >= 1 && value <= 8 ? value : undefined;
  });
}

/** The commonest fields, as text. Undefined where there are none or the EXIF is damaged. */
export function exifText(read: ReadBytes): ExifText | undefined {
  return unlessDamaged(() => {
    const main = mainDirectory(read);
    const nested = (pointer: number): Map<number, string> => {
      const at = main.get(pointer);
      return at === undefined ? new Map<number, string>() : directory(read, Number(at));
    };
    const text: ExifText = {
      IFD0: named(main, names.IFD0),
      IFD2: named(nested(exposureTag), names.IFD2),
      IFD3: named(nested(placeTag), names.IFD3),
    };
    const found = [text.IFD0, text.IFD2, text.IFD3].some((fields) => Object.keys(fields).length > 0);
    return found ? text : undefined;
  });
}

function named(values: Map<number, string>, tags: Record<number, string>): Record<string, string> {
  const fields = Object.entries(tags).map(([tag, name]) => [name, values.get(Number(tag))] as const);
  return Object.fromEntries(
    // Cameras leave fields empty, which sharp does not take.
    fields.filter((field): field is readonly [string, string] => Boolean(field[1])),
  );
}

function unlessDamaged<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function mainDirectory(read: ReadBytes): Map<number, string> {
  const head = read(0, 8);
  return directory(read, isLittle(read) ? head.readUInt32LE(4) : head.readUInt32BE(4));
}

function isLittle(read: ReadBytes): boolean {
  const order = read(0, 2).toString('latin1');
  if (order !== 'II' && order !== 'MM') throw new RangeError('No TIFF byte order');
  return order === 'II';
}

/** The values of a TIFF directory by tag, as text. */
function directory(read: ReadBytes, at: number): Map<number, string> {
  const little = isLittle(read);
  const u16 = (bytes: Buffer, i: number) => (little ? bytes.readUInt16LE(i) : bytes.readUInt16BE(i));
  const u32 = (bytes: Buffer, i: number) => (little ? bytes.readUInt32LE(i) : bytes.readUInt32BE(i));
  const i32 = (bytes: Buffer, i: number) => u32(bytes, i) | 0;
  /** Bytes of a value and its text, by TIFF type. */
  const types: Record<number, [size: number, text: (bytes: Buffer, i: number) => string]> = {
    2: [1, (bytes, i) => String.fromCharCode(bytes[i]!)],
    3: [2, (bytes, i) => `${u16(bytes, i)}`],
    4: [4, (bytes, i) => `${u32(bytes, i)}`],
    5: [8, (bytes, i) => `${u32(bytes, i)}/${u32(bytes, i + 4)}`],
    10: [8, (bytes, i) => `${i32(bytes, i)}/${i32(bytes, i + 4)}`],
  };
  const count = u16(read(at, 2), 0);
  const table = read(at + 2, 12 * count);
  const values = new Map<number, string>();
  for (let i = 0; i < 12 * count; i += 12) {
    const kind = types[u16(table, i + 2)];
    const length = u32(table, i + 4);
    if (!kind || length === 0 || length > 4096) continue;
    const [size, text] = kind;
    const bytes =
      size * length <= 4
        ? table.subarray(i + 8, i + 8 + size * length)
        : read(u32(table, i + 8), size * length);
    const ascii = u16(table, i + 2) === 2;
    const parts = Array.from({ length }, (_, n) => text(bytes, n * size));
    values.set(u16(table, i), ascii ? bytes.toString('utf8').replace(/\0.*$/s, '').trim() : parts.join(' '));
  }
  return values;
}
