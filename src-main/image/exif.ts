/** What must change in carried-over EXIF and XMP once a picture has been turned upright and enlarged. */

const exifPrefix = Buffer.from('Exif\0\0', 'latin1');

/** The TIFF structure of an EXIF block without the `Exif\0\0` that JPEG puts before it. */
export function bareExif(exif: Uint8Array): Buffer {
  const block = Buffer.from(exif);
  return block.subarray(0, 6).equals(exifPrefix) ? block.subarray(6) : block;
}

/**
 * A copy of the EXIF block, patched in place so that maker notes keep their offsets: orientation 1, the new size,
 * and no thumbnail (it would show the old picture). Undefined where the block is damaged.
 */
export function updateExif(exif: Uint8Array, width: number, height: number): Buffer | undefined {
  const block = bareExif(exif);
  const copy = Buffer.from(block);
  try {
    const tiff = new TiffBlock(copy);
    const main = tiff.directory(tiff.uint32(4));
    main.set(Tag.orientation, 1);
    main.set(Tag.imageWidth, width);
    main.set(Tag.imageHeight, height);
    const exifAt = main.get(Tag.exif);
    if (exifAt !== undefined) {
      const details = tiff.directory(exifAt);
      details.set(Tag.pixelWidth, width);
      details.set(Tag.pixelHeight, height);
    }
    if (main.next !== 0) {
      const thumbnail = tiff.directory(main.next);
      const start = thumbnail.get(Tag.thumbnailOffset);
      const length = thumbnail.get(Tag.thumbnailLength);
      if (start !== undefined && length !== undefined) copy.fill(0, start, start + length);
      main.clearNext();
    }
    return copy;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The orientation 1..8 that an EXIF block names, if it does. */
export function exifOrientation(exif: Uint8Array): number | undefined {
  try {
    const tiff = new TiffBlock(bareExif(exif));
    const orientation = tiff.directory(tiff.uint32(4)).get(Tag.orientation);
    return orientation !== undefined && orientation >= 1 && orientation <= 8 ? orientation : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** XMP may name the orientation a second time; readers that trust it would turn the picture again. */
export function updateXmp(xmp: Uint8Array): Buffer {
  const text = Buffer.from(xmp).toString('latin1');
  const upright = text
    .replace(/(tiff:Orientation\s*=\s*["'])[2-8](["'])/g, '$11$2')
    .replace(/(<tiff:Orientation>\s*)[2-8](\s*<)/g, '$11$2');
  return Buffer.from(upright, 'latin1');
}

const Tag = {
  imageWidth: 0x100,
  imageHeight: 0x101,
  orientation: 0x112,
  exif: 0x8769,
  pixelWidth: 0xa002,
  pixelHeight: 0xa003,
  thumbnailOffset: 0x201,
  thumbnailLength: 0x202,
} as const;

/** Reads and patches the directories of a TIFF structure of either byte order; RangeError where it is damaged. */
class TiffBlock {
  private readonly bytes: Buffer;
  private readonly little: boolean;

  constructor(bytes: Buffer) {
    const order = bytes.toString('latin1', 0, 2);
    if (order !== 'II' && order !== 'MM') throw new RangeError('No TIFF byte order');
    this.bytes = bytes;
    this.little = order === 'II';
  }

  uint16(at: number): number {
    return this.little ? this.bytes.readUInt16LE(at) : this.bytes.readUInt16BE(at);
  }

  uint32(at: number): number {
    return this.little ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }

  /** The directory at an offset: single short and long values by tag, and where the next directory is. */
  directory(at: number) {
    const entries = new Map<number, { type: number; valueAt: number }>();
    const count = this.uint16(at);
    for (let i = 0; i < count; i++) {
      const entry = at + 2 + 12 * i;
      const type = this.uint16(entry + 2);
      if ((type === 3 || type === 4) && this.uint32(entry + 4) === 1) {
        entries.set(this.uint16(entry), { type, valueAt: entry + 8 });
      }
    }
    const nextAt = at + 2 + 12 * count;
    return {
      // Some writers leave out the last link.
      next: nextAt + 4 <= this.bytes.length ? this.uint32(nextAt) : 0,
      get: (tag: number): number | undefined => {
        const entry = entries.get(tag);
        return entry && (entry.type === 3 ? this.uint16(entry.valueAt) : this.uint32(entry.valueAt));
      },
      set: (tag: number, value: number): void => {
        const entry = entries.get(tag);
        if (entry) this.write(entry.type === 3 ? 2 : 4, entry.valueAt, value);
      },
      clearNext: (): void => {
        this.write(4, nextAt, 0);
      },
    };
  }

  private write(size: 2 | 4, at: number, value: number): void {
    const fitting = Math.min(value, size === 2 ? 0xffff : 0xffffffff);
    if (this.little) this.bytes.writeUIntLE(fitting, at, size);
    else this.bytes.writeUIntBE(fitting, at, size);
  }
}
