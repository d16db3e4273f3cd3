import { open } from 'node:fs/promises';

/** Curves by which an ICC profile says how brightness follows from numbers. */
const curveTags = ['rTRC', 'gTRC', 'bTRC'];

/**
 * Whether a profile for RGB says that brightness is proportional to the numbers. Networks know only photos whose numbers
 * follow the eye; on linear ones they would sharpen lights and blur shadows.
 */
export function isLinear(icc: Uint8Array): boolean {
  const profile = Buffer.from(icc);
  if (profile.length < 132 || profile.toString('latin1', 16, 20) !== 'RGB ') return false;
  const tags = Math.min(profile.readUInt32BE(128), 100);
  const curves: boolean[] = [];
  for (let at = 132; at < 132 + 12 * tags && at + 12 <= profile.length; at += 12) {
    if (!curveTags.includes(profile.toString('latin1', at, at + 4))) continue;
    const start = profile.readUInt32BE(at + 4);
    curves.push(start + 16 <= profile.length && isStraight(profile.subarray(start)));
  }
  return curves.length === 3 && curves.every(Boolean);
}

function isStraight(curve: Buffer): boolean {
  const type = curve.toString('latin1', 0, 4);
  const count = curve.readUInt32BE(8);
  // No points: the identity. One: an exponent, in 256ths.
  if (type === 'curv') return count === 0 || (count === 1 && curve.readUInt16BE(12) === 256);
  // A parametric curve of kind 0 is an exponent, in 65536ths.
  return type === 'para' && curve.readUInt16BE(8) === 0 && curve.readUInt32BE(12) === 65536;
}

/** How a HEIC or AVIF file without an ICC profile says what its colours are, by the numbers of ITU-T H.273. */
export interface CodedColour {
  primaries: number;
  transfer: number;
}

/** Reads the first `colr` box of kind `nclx`. Undefined where the file has none or is damaged. */
export async function codedColour(path: string): Promise<CodedColour | undefined> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(16);
    for (let at = 0; (await file.read(head, 0, 16, at)).bytesRead === 16;) {
      const size = head.readUInt32BE(0) === 1 ? Number(head.readBigUInt64BE(8)) : head.readUInt32BE(0);
      if (head.toString('latin1', 4, 8) === 'meta') return await inMeta(at, size);
      if (size < 8) return undefined;
      at += size;
    }
    return undefined;
  } finally {
    await file.close();
  }

  async function inMeta(at: number, size: number): Promise<CodedColour | undefined> {
    const meta = Buffer.alloc(Math.min(size, 1 << 20));
    await file.read(meta, 0, meta.length, at);
    const properties = box(box(meta.subarray(12), 'iprp'), 'ipco');
    for (const { type, body } of boxes(properties)) {
      if (type !== 'colr' || body.toString('latin1', 0, 4) !== 'nclx' || body.length < 8) continue;
      return { primaries: body.readUInt16BE(4), transfer: body.readUInt16BE(6) };
    }
    return undefined;
  }
}

function* boxes(bytes: Buffer): Generator<{ type: string; body: Buffer }> {
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    if (size < 8) return;
    yield { type: bytes.toString('latin1', at + 4, at + 8), body: bytes.subarray(at + 8, at + size) };
    at += size;
  }
}

function box(bytes: Buffer, type: string): Buffer {
  for (const found of boxes(bytes)) if (found.type === type) return found.body;
  return Buffer.alloc(0);
}
