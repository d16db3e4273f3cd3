import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { blankPixels, type Pixels } from './pixels';
import { Region } from './region';
import type { RowSink, RowSource, Shape } from './rows';

/** A file in which the samples of a picture lie row after row, in the machine's order of bytes; its owner closes it. */
export class FileRows implements RowSource, RowSink {
  readonly width: number;
  readonly height: number;
  readonly channels: Pixels['channels'];
  readonly depth: Pixels['depth'];

  /** `start` is where the samples begin. */
  constructor(
    { width, height, channels, depth }: Shape,
    private readonly file: FileHandle,
    private readonly start: number,
  ) {
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.depth = depth;
  }

  rows(y: number, height: number): Promise<Pixels> {
    return Promise.resolve(this.read(new Region(0, y, this.width, height)));
  }

  /** A copy of the region. */
  read(region: Region): Pixels {
    const pixels = blankPixels(region.width, region.height, this.channels, this.depth);
    const bytes = bytesOf(pixels);
    const pixelBytes = (this.channels * this.depth) / 8;
    const whole = region.width === this.width;
    const piece = whole ? bytes.length : region.width * pixelBytes;
    for (let done = 0, y = region.y; done < bytes.length; done += piece, y++) {
      const at = this.start + (y * this.width + region.x) * pixelBytes;
      // Synchronous, since thousands of short reads of what lies in the system's cache would wait for each other.
      for (let read = 0; read < piece;) {
        const got = readSync(this.file.fd, bytes, done + read, piece - read, at + read);
        if (got === 0) throw new Error('a temporary file ended too early');
        read += got;
      }
    }
    return pixels;
  }

  band(_y: number, height: number): Pixels {
    return blankPixels(this.width, height, this.channels, this.depth);
  }

  async put(y: number, band: Pixels): Promise<void> {
    const bytes = bytesOf(band);
    const at = this.start + (y * this.width * this.channels * this.depth) / 8;
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  }
}

function bytesOf({ data }: Pixels): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
