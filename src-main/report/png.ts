import { crc32, deflateSync } from 'node:zlib';
import { assert } from '../base/errors';
import type { Pixels } from '../image/pixels';

/** A picture inside the page: a PNG of 8-bit RGB pixels as a data URI. The same pixels give the same text. */
export function pngDataUri(pixels: Pixels): string {
  assert(pixels.channels === 3 && pixels.depth === 8, 'a picture in the page is 8-bit RGB');
  const { width, height } = pixels;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, RGB, the one compression, the one set of filters, not interlaced.
  header.set([8, 2, 0, 0, 0], 8);
  const png = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filterRows(pixels), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return `data:image/png;base64,${png.toString('base64')}`;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** Each byte less the mean of its neighbours to the left and above (PNG's filter 3), which suits photos. */
function filterRows({ width, height, data }: Pixels): Uint8Array {
  const stride = width * 3;
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    const [from, to] = [y * stride, y * (stride + 1)];
    rows[to] = 3;
    for (let x = 0; x < stride; x++) {
      const left = x < 3 ? 0 : data[from + x - 3]!;
      const above = y === 0 ? 0 : data[from + x - stride]!;
      rows[to + 1 + x] = data[from + x]! - ((left + above) >> 1);
    }
  }
  return rows;
}
