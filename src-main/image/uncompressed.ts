import { open, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../base/errors';
import { FileRows } from './fileRows';
import type { Pixels } from './pixels';
import { explainWriteError } from './placeFile';
import { plainTiffHeader, type PlainTiffTags } from './plainTiff';
import { rowsOf, sampleBytes, type RowSink, type RowSource, type Shape } from './rows';

/** A larger picture goes through a file: what lies in memory may lie there twice, the last photo being encoded. */
export const mostInMemory = 200e6;

/** A picture being made: written in bands, read by the next pass, and at last by an encoder as an uncompressed TIFF. */
export interface Uncompressed extends RowSource, RowSink {
  /** The TIFF itself, or its file. An encoder that reads it row by row keeps no more than some rows in memory. */
  readonly tiff: Uint8Array | string;
  /** Gives back memory, and the file where there is one. */
  close(): Promise<void>;
}

/**
 * Room for a picture: in memory, or where it has more than `most` bytes in a file that `path` names. UserError where the disk has not
 * the room: before any work, not after hours of it.
 */
export async function makeUncompressed(
  shape: Shape,
  path: () => Promise<string>,
  tags: PlainTiffTags = {},
  most = mostInMemory,
): Promise<Uncompressed> {
  const header = plainTiffHeader(shape, tags);
  const bytes = sampleBytes(shape);
  return bytes <= most ? inMemory(shape, header, bytes) : onDisk(shape, header, bytes, await path());
}

/** The picture with its samples in memory already. */
export function asUncompressed(pixels: Pixels, tags: PlainTiffTags = {}): Uncompressed {
  const made = inMemory(pixels, plainTiffHeader(pixels, tags), sampleBytes(pixels));
  made.band(0, pixels.height).data.set(pixels.data);
  return made;
}

function inMemory(shape: Shape, header: Buffer, bytes: number): Uncompressed {
  const tiff = Buffer.allocUnsafeSlow(header.length + bytes);
  tiff.set(header);
  const data =
    shape.depth === 8
      ? new Uint8Array(tiff.buffer, header.length, bytes)
      : new Uint16Array(tiff.buffer, header.length, bytes / 2);
  return { ...rowsOf({ ...shape, data }), tiff, close: () => Promise.resolve() };
}

/** Why a folder's disk does not hold the `bytes` that making a picture needs, in a sentence; undefined where it does. */
export async function whyNoRoom(
  folder: string,
  bytes: number,
  { width, height }: Pick<Shape, 'width' | 'height'>,
): Promise<string | undefined> {
  if (bytes === 0) return undefined;
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return undefined;
  const gigabytes = (count: number) => `${(count / 1e9).toFixed(1)} GB`;
  return (
    `The disk is full: ${folder} has ${gigabytes(bavail * bsize)} left, and ${gigabytes(bytes)} are needed ` +
    `while a picture of ${width}x${height} pixels is made. Free some space and try again.`
  );
}

async function onDisk(shape: Shape, header: Buffer, bytes: number, path: string): Promise<Uncompressed> {
  const size = header.length + bytes;
  const reason = await whyNoRoom(dirname(path), size, shape);
  if (reason !== undefined) throw new UserError(reason);
  try {
    const file = await open(path, 'wx+');
    const rows = new FileRows(shape, file, header.length);
    const close = async (): Promise<void> => {
      await file.close();
      await rm(path, { force: true });
    };
    try {
      await file.write(header);
      await file.truncate(size);
    } catch (error) {
      await close();
      throw error;
    }
    return Object.assign(rows, { tiff: path, close });
  } catch (error) {
    throw explainWriteError(path, error);
  }
}
