import type { Pixels } from './pixels';

/** Tag, type and values; the types are those of BigTIFF. */
type Tag = readonly [tag: number, type: 3 | 5 | 7 | 16, values: readonly number[] | Uint8Array];

const [short, rational, bytes, long8] = [3, 5, 7, 16] as const;

/** Rows of a strip: what a reader holds at a time. */
const stripRows = 16;

export interface PlainTiffTags {
  /** The profile of the samples. */
  icc?: Uint8Array | undefined;
  /** Dots per inch. */
  density?: number | undefined;
}

/**
 * What comes before the samples of an uncompressed TIFF file (BigTIFF: of any size); the rows follow as they are in memory.
 * sharp reads such a file from top to bottom and, unlike bare samples, gives its profile on without converting to it.
 */
export function plainTiffHeader(
  { width, height, channels, depth }: Omit<Pixels, 'data'>,
  { icc, density }: PlainTiffTags = {},
): Buffer {
  const rowBytes = (width * channels * depth) / 8;
  const tops = Array.from({ length: Math.ceil(height / stripRows) }, (_, i) => i * stripRows);
  const tags = (samplesAt: number): Tag[] => [
    [256, long8, [width]],
    [257, long8, [height]],
    [258, short, Array<number>(channels).fill(depth)],
    // Uncompressed; black is zero or RGB.
    [259, short, [1]],
    [262, short, [channels <= 2 ? 1 : 2]],
    [273, long8, tops.map((top) => samplesAt + top * rowBytes)],
    [277, short, [channels]],
    [278, long8, [stripRows]],
    [279, long8, tops.map((top) => Math.min(stripRows, height - top) * rowBytes)],
    // Interleaved; alpha is not premultiplied; samples are unsigned.
    [284, short, [1]],
    ...(channels % 2 === 0 ? [[338, short, [2]] as const] : []),
    [339, short, Array<number>(channels).fill(1)],
    // The resolution of both sides, in dots per inch.
    ...(density === undefined
      ? []
      : ([
          [282, rational, [density]],
          [283, rational, [density]],
          [296, short, [2]],
        ] as const)),
    ...(icc ? [[34675, bytes, icc] as const] : []),
  ];
  return layOut(tags(layOut(tags(0)).length));
}

function layOut(tags: readonly Tag[]): Buffer {
  const directory = Buffer.alloc(16 + 8 + 20 * tags.length + 8);
  directory.write('II+\0\b\0\0\0\x10', 'latin1');
  directory.writeUInt32LE(tags.length, 16);
  const parts: Buffer[] = [directory];
  let end = directory.length;
  const sorted = [...tags].sort(([a], [b]) => a - b);
  for (const [i, [tag, type, values]] of sorted.entries()) {
    const at = 24 + 20 * i;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(values.length, at + 4);
    const data = valueBytes(type, values);
    if (data.length <= 8) data.copy(directory, at + 12);
    else {
      writeLong8(directory, end, at + 12);
      // Samples of 16 bits are only read and written at even places.
      const padding = Buffer.alloc(data.length % 2);
      parts.push(data, padding);
      end += data.length + padding.length;
    }
  }
  return Buffer.concat(parts);
}

function valueBytes(type: Tag[1], values: Tag[2]): Buffer {
  if (values instanceof Uint8Array) return Buffer.from(values);
  const size = type === short ? 2 : 8;
  const data = Buffer.alloc(size * values.length);
  values.forEach((value, i) => {
    if (type === short) data.writeUInt16LE(value, 2 * i);
    else if (type === rational) {
      // Thousandths.
      data.writeUInt32LE(Math.round(value * 1000), 8 * i);
      data.writeUInt32LE(1000, 8 * i + 4);
    } else writeLong8(data, value, 8 * i);
  });
  return data;
}

function writeLong8(target: Buffer, value: number, at: number): void {
  target.writeBigUInt64LE(BigInt(value), at);
}
