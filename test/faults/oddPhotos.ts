import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import sharp from 'sharp';
import type { Rng } from '../../src-main/base/rng';
import { leaves } from '../image/samples';

const names = [
  ...[
    'plain',
    'with space',
    '50% #1 & co',
    "quote's; $(rm) `x`",
    'emoji 🐈‍⬛ 猫',
    'line\nbreak',
    '-dash',
    'a.b.c',
  ],
  ...[
    'e\u0301 NFD',
    '\u00e9 NFC',
    'ü'.repeat(125),
    'x'.repeat(250),
    '{name}',
    '文'.repeat(83),
    'CON',
    '~',
    '\\back',
  ],
];
const formatOf: Record<string, 'jpeg' | 'png' | 'webp' | 'tiff'> = {
  '.jpg': 'jpeg',
  '.JPEG': 'jpeg',
  '.png': 'png',
  '.webp': 'webp',
  '.tif': 'tiff',
};
const endings = Object.keys(formatOf);
const folders = ['', '', 'sub', 'sub/deep %20', 'ordner ä'];

/** Files that lie in folders of photos without being photos. */
const strays = ['._photo.jpg', '.hidden.png', 'Thumbs.db', 'desktop.ini', 'notes.txt'];

/** Writes a few photos of different kinds under odd names, and files that are none; returns the photos' paths. */
export async function writeOddPhotos(folder: string, rng: Rng, count: number): Promise<string[]> {
  const paths = new Set<string>();
  while (paths.size < count) {
    const name = pick(rng, names) + pick(rng, endings);
    if (Buffer.byteLength(name) <= 255) paths.add(join(folder, pick(rng, folders), name));
  }
  for (const path of paths) {
    mkdirSync(dirname(path), { recursive: true });
    const [width, height] = [40 + rng.below(160), 40 + rng.below(160)];
    const { data } = leaves(width, height, rng.below(1e6));
    await sharp(data, { raw: { width, height, channels: 3 } })
      .withMetadata({ orientation: 1 + rng.below(8) })
      .toFormat(formatOf[extname(path)]!)
      .toFile(path);
  }
  for (const stray of strays) if (rng.below(3) === 0) writeFileSync(join(folder, stray), 'no photo');
  return [...paths];
}

export const pick = <T>(rng: Rng, list: readonly T[]): T => list[rng.below(list.length)]!;

/** Damages a file as disks, networks and careless programs do. */
export function damage(path: string, rng: Rng): void {
  const bytes = readFileSync(path);
  const at = rng.below(bytes.length + 1);
  const length = 1 + rng.below(Math.min(2000, bytes.length));
  const garbage = Buffer.from(Array.from({ length }, () => rng.below(256)));
  const ways: (() => Uint8Array)[] = [
    () => bytes.subarray(0, at),
    () => Buffer.concat([bytes.subarray(0, at), garbage, bytes.subarray(at)]),
    () => Buffer.concat([bytes.subarray(0, at), garbage, bytes.subarray(at + length)]),
    () => Buffer.concat([bytes.subarray(0, at), Buffer.alloc(length), bytes.subarray(at + length)]),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
    () => {
      for (let i = 0; i <= rng.below(20); i++) {
        const place = rng.below(bytes.length);
        bytes[place] = bytes[place]! ^ (1 << rng.below(8));
      }
      return bytes;
    },
  ];
  writeFileSync(path, pick(rng, ways)());
}
