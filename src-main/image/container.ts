import { crc32, deflateSync } from 'node:zlib';
import { assert } from '../base/errors';

/** Metadata blocks to put into an encoded file, byte for byte. EXIF comes without its `Exif\0\0` prefix. */
export interface Blocks {
  icc?: Uint8Array;
  exif?: Uint8Array;
  xmp?: Uint8Array;
}

/**
 * Puts metadata into an encoded JPEG. sharp cannot attach a profile without converting to it, nor raw EXIF, so the
 * segments are written here. A JPEG segment holds 64 KB: `tooLarge` names the blocks that were left out.
 */
export function attachToJpeg(jpeg: Buffer, blocks: Blocks): { file: Buffer; tooLarge: string[] } {
  assert(jpeg.readUInt16BE(0) === 0xffd8, 'a JPEG starts with SOI');
  // After JFIF's own segment, which must come first.
  const at = jpeg.readUInt16BE(2) === 0xffe0 ? 4 + jpeg.readUInt16BE(4) : 2;
  const segments: Buffer[] = [];
  const tooLarge: string[] = [];

  if (blocks.exif) add('EXIF', 0xe1, 'Exif\0\0', blocks.exif);
  if (blocks.xmp) add('XMP', 0xe1, 'http://ns.adobe.com/xap/1.0/\0', blocks.xmp);
  if (blocks.icc) {
    const size = 65519;
    const parts = Math.ceil(blocks.icc.length / size);
    for (let i = 0; i < parts; i++) {
      const numbering = String.fromCharCode(i + 1, parts);
      add('profile', 0xe2, `ICC_PROFILE\0${numbering}`, blocks.icc.subarray(i * size, (i + 1) * size));
    }
  }
  return { file: Buffer.concat([jpeg.subarray(0, at), ...segments, jpeg.subarray(at)]), tooLarge };

  function add(name: string, marker: number, signature: string, data: Uint8Array): void {
    const length = 2 + signature.length + data.length;
    if (length > 0xffff) {
      tooLarge.push(name);
      return;
    }
    const head = Buffer.from([0xff, marker, length >> 8, length & 0xff]);
    segments.push(head, Buffer.from(signature, 'latin1'), Buffer.from(data));
  }
}

/** Puts metadata into an encoded PNG: iCCP, eXIf and iTXt chunks right after the header. */
export function attachToPng(png: Buffer, blocks: Blocks): Buffer {
  const headerEnd = 8 + 12 + 13;
  assert(png.toString('latin1', 12, 16) === 'IHDR', 'a PNG starts with IHDR');
  const chunks: Buffer[] = [];
  if (blocks.icc) add('iCCP', Buffer.from('ICC Profile\0\0', 'latin1'), deflateSync(blocks.icc));
  if (blocks.exif) add('eXIf', Buffer.from(blocks.exif));
  if (blocks.xmp) {
    add('iTXt', Buffer.from('XML:com.adobe.xmp\0\0\0\0\0', 'latin1'), Buffer.from(blocks.xmp));
  }
  return Buffer.concat([png.subarray(0, headerEnd), ...chunks, png.subarray(headerEnd)]);

  function add(type: string, ...data: Buffer[]): void {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), ...data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length - 4);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    chunks.push(length, body, check);
  }
}

/** Puts metadata into an encoded WebP: the extended form with VP8X first, ICCP before the picture, EXIF and XMP behind. */
export function attachToWebp(
  webp: Buffer,
  size: { width: number; height: number; alpha: boolean },
  blocks: Blocks,
): Buffer {
  assert(webp.toString('latin1', 8, 12) === 'WEBP', 'a WebP is a RIFF file');
  const extended = webp.toString('latin1', 12, 16) === 'VP8X';
  const picture = webp.subarray(extended ? 30 : 12);
  const flags =
    (blocks.icc ? 0x20 : 0) | (size.alpha ? 0x10 : 0) | (blocks.exif ? 0x08 : 0) | (blocks.xmp ? 0x04 : 0);
  const header = Buffer.alloc(10);
  header.writeUInt32LE(flags, 0);
  header.writeUIntLE(size.width - 1, 4, 3);
  header.writeUIntLE(size.height - 1, 7, 3);
  const body = Buffer.concat([
    Buffer.from('WEBP', 'latin1'),
    ...riffChunk('VP8X', header),
    ...(blocks.icc ? riffChunk('ICCP', blocks.icc) : []),
    picture,
    ...(blocks.exif ? riffChunk('EXIF', blocks.exif) : []),
    ...(blocks.xmp ? riffChunk('XMP ', blocks.xmp) : []),
  ]);
  return Buffer.concat(riffChunk('RIFF', body));
}

function riffChunk(type: string, data: Uint8Array): Buffer[] {
  const head = Buffer.alloc(8, type, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return [head, Buffer.from(data), Buffer.alloc(data.length % 2)];
}
