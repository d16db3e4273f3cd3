import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodePhoto } from '../../src-main/image/encode';
import type { PhotoFormat } from '../../src-main/shared/formats';
import { blankPixels, type Pixels } from '../../src-main/image/pixels';
import { rowsOf } from '../../src-main/image/rows';
import { isVaried, verifyPicture } from '../../src-main/image/verify';
import { leaves, temporaryFolder } from './samples';

const root = temporaryFolder();
let files = 0;

async function write(pixels: Pixels, format: PhotoFormat): Promise<string> {
  const path = join(root, `${++files}`);
  await encodePhoto(pixels, {}, path, { format });
  return path;
}

const formats = ['png', 'jpeg', 'webp', 'tiff'] as const;
const picture = leaves(300, 200);
const expected = { width: 300, height: 200, varied: true };

test.each(formats)(
  'a whole %s passes; one that is cut anywhere or of another size does not',
  async (format) => {
    const path = await write(picture, format);
    await verifyPicture(path, 'x', { format, ...expected });
    await expect(verifyPicture(path, 'x', { format, ...expected, width: 301 })).rejects.toThrow(
      `The result x came out as 300x200 ${format}, not 301x200`,
    );
    const bytes = readFileSync(path);
    for (const part of [0.1, 0.5, 0.9, 0.98]) {
      writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * part)));
      await expect(verifyPicture(path, 'x', { format, ...expected })).rejects.toThrow('The result x');
    }
  },
);

test.each(formats)('a %s of one colour passes only where that may be', async (format) => {
  const path = await write(blankPixels(300, 200, 3), format);
  await verifyPicture(path, 'x', { format, ...expected, varied: false });
  await expect(verifyPicture(path, 'x', { format, ...expected })).rejects.toThrow('came out in one colour');
});

/** Black and white in turn. */
function checkerboard(): Pixels {
  const pixels = blankPixels(512, 512, 1);
  for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = 255 * ((i + Math.floor(i / 512)) % 2);
  return pixels;
}

test('a pattern too fine to be seen when reduced is not taken for one colour', async () => {
  const path = await write(checkerboard(), 'png');
  await verifyPicture(path, 'x', { format: 'png', width: 512, height: 512, varied: true });
});

test('photos are varied; one colour, a checkerboard and one hot pixel are not clearly so', async () => {
  const hot = blankPixels(2000, 800, 3);
  hot.data[0] = 255;
  const pictures = [picture, checkerboard(), blankPixels(30, 20, 3), hot];
  expect(await Promise.all(pictures.map((each) => isVaried(rowsOf(each), each)))).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(await isVaried(rowsOf(picture), { width: 1, height: 1 })).toBe(false);
});
