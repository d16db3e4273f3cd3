import fc from 'fast-check';
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { decodePhoto, openPhoto } from '../../src-main/image/decode';
import { encodePhoto } from '../../src-main/image/encode';
import { blankPixels, type Pixels } from '../../src-main/image/pixels';
import { rowsOf, type RowSource } from '../../src-main/image/rows';
import { makeUncompressed } from '../../src-main/image/uncompressed';
import { bytes, leaves, noise, pixelKinds, temporaryFolder } from './samples';

// What memory should not hold goes through files: it must come out as if it had not.

const folder = temporaryFolder();
let names = 0;
const temporary = (ending = ''): Promise<string> => Promise.resolve(join(folder, `${++names}${ending}`));

/** All rows, read so many at a time. */
async function whole(source: RowSource, step: number): Promise<Pixels> {
  const pixels = blankPixels(source.width, source.height, source.channels, source.depth);
  for (let y = 0; y < source.height; y += step) {
    const { data } = await source.rows(y, Math.min(step, source.height - y));
    pixels.data.set(data, y * source.width * source.channels);
  }
  return pixels;
}

async function throughFile(path: string, step: number): Promise<Pixels> {
  const photo = await openPhoto(path, () => temporary('.v'), 0);
  try {
    return await whole(photo.rows, step);
  } finally {
    await photo.close();
  }
}

test.each(pixelKinds)('%i channels of %i bits are read band by band from a file', async (channels, depth) => {
  const path = join(folder, `${channels}-${depth}.png`);
  const pixels = noise(19, 13, channels, depth);
  await encodePhoto(pixels, {}, path, { format: 'png' });
  const read = await throughFile(path, 5);
  expect([read.channels, read.depth]).toEqual([channels, depth]);
  expect(bytes(read).equals(bytes(pixels))).toBe(true);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'orientation %i is applied to the rows of a file',
  async (orientation) => {
    const path = join(folder, `turned ${orientation}.jpg`);
    const { data, width, height } = leaves(37, 22);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .withMetadata({ orientation })
      .jpeg()
      .toFile(path);
    const expected = (await decodePhoto(path)).pixels;
    for (const step of [1, 7, 100]) {
      const read = await throughFile(path, step);
      expect([read.width, read.height]).toEqual([expected.width, expected.height]);
      expect(bytes(read).equals(bytes(expected))).toBe(true);
    }
  },
);

test('a photo that cannot be read leaves no file', async () => {
  const before = readdirSync(folder);
  await expect(openPhoto(join(folder, 'nowhere.png'), () => temporary('.v'), 0)).rejects.toThrow(UserError);
  expect(readdirSync(folder)).toEqual(before);
});

// Whatever is written to this file, its disk is full.
test.skipIf(!existsSync('/dev/full'))('a photo is not blamed for a full disk', async () => {
  const path = join(folder, 'fine.png');
  await encodePhoto(leaves(200, 200), {}, path, { format: 'png' });
  const full = await temporary('.v');
  symlinkSync('/dev/full', full);
  const opened = openPhoto(path, () => Promise.resolve(full), 0);
  await expect(opened).rejects.toThrow(`The disk is full: ${full} could not be written`);
  expect(existsSync(full)).toBe(false);
});

test('what is written in bands is read back and encoded, from memory and from a file', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        width: fc.integer({ min: 1, max: 40 }),
        height: fc.integer({ min: 1, max: 40 }),
        step: fc.integer({ min: 1, max: 17 }),
        channels: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
        depth: fc.constantFrom(8 as const, 16 as const),
        icc: fc.option(fc.uint8Array({ minLength: 128, maxLength: 131 }), { nil: undefined }),
        inMemory: fc.constantFrom(0, 1e6),
      }),
      async ({ width, height, step, channels, depth, icc, inMemory }) => {
        const pixels = noise(width, height, channels, depth);
        const path = await temporary();
        const made = await makeUncompressed(pixels, () => Promise.resolve(path), { icc }, inMemory);
        for (let y = 0; y < height; y += step) {
          const part = await rowsOf(pixels).rows(y, Math.min(step, height - y));
          const band = made.band(y, part.height);
          band.data.set(part.data);
          await made.put(y, band);
        }
        expect(existsSync(path)).toBe(inMemory === 0);
        expect(bytes(await whole(made, step)).equals(bytes(pixels))).toBe(true);
        const file = `${path}.png`;
        await encodePhoto(made, {}, file, { format: 'png' });
        expect(bytes((await decodePhoto(file)).pixels).equals(bytes(pixels))).toBe(true);
        await made.close();
        expect(existsSync(path)).toBe(false);
      },
    ),
    { numRuns: 30 },
  );
});

test('a picture that the disk has no room for is refused before it is made, with the numbers', async () => {
  const shape = { width: 1_000_000, height: 1_000_000, channels: 4, depth: 16 } as const;
  const path = join(folder, 'enormous');
  const made = makeUncompressed(shape, () => Promise.resolve(path));
  await expect(made).rejects.toThrow(/^The disk is full: .* left, and 8000\.0 GB are needed while/);
  expect(existsSync(path)).toBe(false);
});
