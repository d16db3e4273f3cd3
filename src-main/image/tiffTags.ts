import { closeSync, openSync, readSync } from 'node:fs';
import { assert } from '../base/errors';
import type { Blocks } from './container';

/** One tag of a TIFF directory with its values as little-endian bytes. */
interface Entry {
  tag: number;
  type: number;
  count: number;
  data: Buffer;
}

/** The tags worth carrying over: about the photo, not about how its samples are stored. */
interface PhotoTags {
  main: Entry[];
  exif: Entry[];
  gps: Entry[];
}

/** Bytes from an offset on; RangeError past the end. */
type Read = (at: number, length: number) => Buffer;

const exifPointer = 0x8769;
const gpsPointer = 0x8825;
const orientation = 0x112;

// Description, maker, model, resolution, software, date, artist, rating, copyright and Windows' own titles.
const carried = new Set([
  0x10e, 0x10f, 0x110, 0x11a, 0x11b, 0x128, 0x131, 0x132, 0x13b, 0x4746, 0x4749, 0x8298, 0x9c9b, 0x9c9c,
  0x9c9d, 0x9c9e, 0x9c9f,
]);
// Maker notes point into the file that they came from; the interoperability directory says nothing about the photo.
const left = new Set([0x927c, 0xa005]);

/** The EXIF of a TIFF file, whose tags lie in the file's own directories, as one block. Undefined where it has none. */
export function readTiffExif(path: string): Buffer | undefined {
  const file = openSync(path, 'r');
  try {
    const tags = photoTags((at, length) => {
      const bytes = Buffer.alloc(length);
      if (readSync(file, bytes, 0, length, at) < length) throw new RangeError('Past the end of the file');
      return bytes;
    });
    if (tags.main.length + tags.exif.length + tags.gps.length === 0) return undefined;
    const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
    const directories = layOut(tags, [], head.length);
    head.writeUInt32LE(directories.mainAt, 4);
    return Buffer.concat([head, directories.bytes]);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Appends a directory to a classic little-endian TIFF that has the picture's own tags and the metadata. */
export function attachToTiff(tiff: Buffer, blocks: Blocks): Buffer {
  assert(tiff.toString('latin1', 0, 4) === 'II*\0', 'the TIFF encoder writes classic little-endian files');
  const old: Entry[] = [];
  const at = tiff.readUInt32LE(4);
  for (let i = 0; i < tiff.readUInt16LE(at); i++) {
    const entry = at + 2 + 12 * i;
    const data = tiff.subarray(entry + 8, entry + 12);
    // The values stay where they are: `data` is the four bytes of value or offset.
    old.push({
      tag: tiff.readUInt16LE(entry),
      type: tiff.readUInt16LE(entry + 2),
      count: tiff.readUInt32LE(entry + 4),
      data,
    });
  }
  const tags = blocks.exif ? blockTags(Buffer.from(blocks.exif)) : { main: [], exif: [], gps: [] };
  const own = new Set(old.map((entry) => entry.tag));
  tags.main = tags.main.filter((entry) => !own.has(entry.tag));
  if (blocks.xmp) tags.main.push(bytesEntry(0x2bc, 1, blocks.xmp));
  if (blocks.icc) tags.main.push(bytesEntry(0x8773, 7, blocks.icc));
  const padded = Buffer.concat([tiff, Buffer.alloc(tiff.length % 2)]);
  const directories = layOut(tags, old, padded.length);
  padded.writeUInt32LE(directories.mainAt, 4);
  return Buffer.concat([padded, directories.bytes]);
}

function blockTags(block: Buffer): PhotoTags {
  try {
    return photoTags((at, length) => {
      if (at + length > block.length) throw new RangeError('Past the end of the block');
      return block.subarray(at, at + length);
    });
  } catch (error) {
    if (error instanceof RangeError) return { main: [], exif: [], gps: [] };
    throw error;
  }
}

function bytesEntry(tag: number, type: number, bytes: Uint8Array): Entry {
  return { tag, type, count: bytes.length, data: Buffer.from(bytes) };
}

function photoTags(read: Read): PhotoTags {
  const head = read(0, 8);
  const little = head.toString('latin1', 0, 2) === 'II';
  const version = little ? head.readUInt16LE(2) : head.readUInt16BE(2);
  if (version !== 42) throw new RangeError('Not a classic TIFF');
  const main = directory(read, little, little ? head.readUInt32LE(4) : head.readUInt32BE(4));
  const nested = (pointer: number): Entry[] => {
    const entry = main.find(({ tag }) => tag === pointer);
    return entry
      ? directory(read, little, entry.data.readUInt32LE(0)).filter(({ tag }) => !left.has(tag))
      : [];
  };
  return {
    main: main.filter(({ tag }) => carried.has(tag)),
    exif: nested(exifPointer),
    gps: nested(gpsPointer),
  };
}

/** Bytes of one value and of its parts that have a byte order, by TIFF type 1..12. */
const valueSize = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
const wordSize = [0, 1, 1, 2, 4, 4, 1, 1, 2, 4, 4, 4, 8];

function directory(read: Read, little: boolean, at: number): Entry[] {
  const u16 = (bytes: Buffer, i: number) => (little ? bytes.readUInt16LE(i) : bytes.readUInt16BE(i));
  const u32 = (bytes: Buffer, i: number) => (little ? bytes.readUInt32LE(i) : bytes.readUInt32BE(i));
  const count = u16(read(at, 2), 0);
  const table = read(at + 2, 12 * count);
  const entries: Entry[] = [];
  for (let i = 0; i < 12 * count; i += 12) {
    const type = u16(table, i + 2);
    const values = u32(table, i + 4);
    const size = (valueSize[type] ?? 0) * values;
    // Strip tables and the like are not read: only what is small enough to be about the photo.
    if (size === 0 || size > 65536) continue;
    const data = Buffer.from(size <= 4 ? table.subarray(i + 8, i + 8 + size) : read(u32(table, i + 8), size));
    const word = wordSize[type];
    if (!little && word === 2) data.swap16();
    else if (!little && word === 4) data.swap32();
    else if (!little && word === 8) data.swap64();
    entries.push({ tag: u16(table, i), type, count: values, data });
  }
  return entries;
}

/** Lays directories out from the offset `at` on, the nested ones first; `old` entries keep their value bytes as they are. */
function layOut(tags: PhotoTags, old: Entry[], at: number): { bytes: Buffer; mainAt: number } {
  const parts: Buffer[] = [];
  let end = at;
  const main: Entry[] = [...old, ...tags.main];
  for (const [pointer, nested] of [[exifPointer, tags.exif] as const, [gpsPointer, tags.gps] as const]) {
    if (nested.length === 0) continue;
    main.push({ tag: pointer, type: 4, count: 1, data: longBytes(end) });
    write(nested);
  }
  if (!main.some(({ tag }) => tag === orientation)) {
    main.push({ tag: orientation, type: 3, count: 1, data: Buffer.from([1, 0]) });
  }
  const mainAt = end;
  write(main);
  return { bytes: Buffer.concat(parts), mainAt };

  function write(unsorted: Entry[]): void {
    const entries = [...unsorted].sort((a, b) => a.tag - b.tag);
    const table = Buffer.alloc(2 + 12 * entries.length + 4);
    table.writeUInt16LE(entries.length, 0);
    const values: Buffer[] = [table];
    let valuesAt = end + table.length;
    entries.forEach((entry, i) => {
      const here = 2 + 12 * i;
      table.writeUInt16LE(entry.tag, here);
      table.writeUInt16LE(entry.type, here + 2);
      table.writeUInt32LE(entry.count, here + 4);
      if (entry.data.length <= 4) entry.data.copy(table, here + 8);
      else {
        table.writeUInt32LE(valuesAt, here + 8);
        const padding = Buffer.alloc(entry.data.length % 2);
        values.push(entry.data, padding);
        valuesAt += entry.data.length + padding.length;
      }
    });
    parts.push(...values);
    end = valuesAt;
  }
}

function longBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
