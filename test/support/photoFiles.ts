import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import sharp from 'sharp';
import { encodePhoto } from '../../src-main/image/encode';
import { deployed, layoutOf, receptiveRadius } from '../../src-main/model/network';
import { writeModelFile } from '../../src-main/model/modelFile';
import { plainNet, type Space } from '../../src-main/search/space';
import { leaves } from '../image/samples';
import { fakeCard } from './fakeCard';

/** Writes sharp, textured photos, each another picture, and returns their folder. */
export async function writePhotos(
  folder: string,
  count: number,
  { width = 200, height = 160, seed = 1 } = {},
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    const pixels = leaves(width, height, seed + i);
    await encodePhoto(pixels, {}, join(folder, `photo ${i + 1}.png`), { format: 'png' });
  }
  return folder;
}

/** A JPEG with what a camera adds: the orientation as an EXIF tag. */
export async function writeJpeg(
  path: string,
  { width, height, orientation = 1 }: { width: number; height: number; orientation?: number },
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const raw = { width, height, channels: 3 as const };
  await sharp(leaves(width, height).data, { raw }).withMetadata({ orientation }).jpeg().toFile(path);
}

/** A JPEG whose second half is missing. */
export async function writeTruncated(path: string): Promise<void> {
  await writeJpeg(path, { width: 200, height: 160 });
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, whole.length / 2));
}

/** Puts an untrained network of conv3x3 cells into the library of a home. */
export async function writeModel(
  home: string,
  name: string,
  {
    scale = 2,
    width = 8,
    cells = 1,
  }: Partial<Pick<Space, 'scale'>> & { width?: number; cells?: number } = {},
): Promise<void> {
  const candidates = plainNet(scale, width, cells);
  const layout = layoutOf(candidates);
  const card = fakeCard({ name, scale, receptiveRadius: receptiveRadius(candidates) });
  const path = join(home, 'models', `${name}.onnx`);
  await writeModelFile(path, deployed(candidates, layout, layout.initial(1)), card);
}

/** All files below a folder, hidden ones too: relative path with forward slashes -> checksum. */
export function checksums(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const sum = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  return Object.fromEntries(
    files.sort().map((path) => [relative(folder, path).split(sep).join('/'), sum(path)]),
  );
}
