import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cancelled, UserError } from '../../src-main/base/errors';
import { findPhotos, splitPhotos } from '../../src-main/data/photos';
import { readHeader } from '../../src-main/image/decode';
import { temporaryFolder } from '../image/samples';

const root = temporaryFolder();
const { signal } = new AbortController();

function touch(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), '');
  }
}

async function relatives(...paths: string[]): Promise<string[]> {
  const found = await findPhotos(
    paths.map((path) => join(root, path)),
    signal,
  );
  return found.map(({ relative }) => relative.replaceAll('\\', '/'));
}

test('photos are found at any depth, by name, in a stable order; hidden and stray files are not', async () => {
  touch('tree/b.JPG', 'tree/a.jpeg', 'tree/sub/deep/c.webp', 'tree/sub/d.TIF', 'tree/e.png', 'tree/f.tiff');
  touch('tree/.hidden.jpg', 'tree/._a.jpeg', 'tree/.cache/x.jpg', 'tree/Thumbs.db', 'tree/desktop.ini');
  touch('tree/notes.txt', 'tree/movie.mp4');
  expect(await relatives('tree')).toEqual([
    'a.jpeg',
    'b.JPG',
    'e.png',
    'f.tiff',
    'sub/d.TIF',
    'sub/deep/c.webp',
  ]);
});

test('loops of links end, links are followed, dangling ones are skipped', async () => {
  touch('links/one/a.jpg', 'elsewhere/b.jpg');
  symlinkSync(join(root, 'links'), join(root, 'links/one/back'));
  symlinkSync(join(root, 'elsewhere'), join(root, 'links/other'));
  symlinkSync(join(root, 'nowhere.jpg'), join(root, 'links/dangling.jpg'));
  expect(await relatives('links')).toEqual(['one/a.jpg', 'other/b.jpg']);
});

// Elsewhere names are kept in Unicode whatever is written.
test.runIf(process.platform === 'linux')('a name in another encoding is found, to be told of', async () => {
  mkdirSync(join(root, 'latin'));
  writeFileSync(
    Buffer.concat([Buffer.from(join(root, 'latin', 'caf')), Buffer.from([0xe9]), Buffer.from('.jpg')]),
    '',
  );
  expect(await relatives('latin')).toEqual(['caf\ufffd.jpg']);
  await expect(readHeader(join(root, 'latin', 'caf\ufffd.jpg'))).rejects.toThrow('has a name that is not in');
});

// Permission bits do not bind root.
test.runIf(process.getuid?.() !== 0)('a folder that may not be read is found, to be told of', async () => {
  touch('closed/a.jpg', 'closed/b/c.jpg');
  chmodSync(join(root, 'closed/b'), 0);
  expect(await relatives('closed')).toEqual(['a.jpg', 'b']);
  chmodSync(join(root, 'closed/b'), 0o755);
});

test('a named file is taken whatever its name, and once', async () => {
  touch('named/scan.dat', 'named/a.jpg');
  expect(await relatives('named/scan.dat', 'named/a.jpg', 'named')).toEqual(['scan.dat', 'a.jpg']);
});

test('the folder of the results is not searched when it lies below', async () => {
  touch('out/a.jpg', 'out/results/a.jpg');
  const found = await findPhotos([join(root, 'out')], signal, { exclude: join(root, 'out/results') });
  expect(found.map(({ relative }) => relative)).toEqual(['a.jpg']);
});

test('a path that does not exist is named; a cancelled search ends', async () => {
  await expect(relatives('missing')).rejects.toThrow(UserError);
  await expect(relatives('missing')).rejects.toThrow(join(root, 'missing'));
  await expect(findPhotos([root], AbortSignal.abort())).rejects.toThrow(Cancelled);
});

test('a split is disjoint, whole, about a tenth, the same for the same seed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 500 }), fc.integer(), (count, seed) => {
      const photos = Array.from({ length: count }, (_, i) => i);
      const { train, heldOut } = splitPhotos(photos, seed, ['photos']);
      expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual(photos);
      const fewest = count < 8 ? 1 : 2;
      expect(heldOut.length).toBe(Math.min(24, Math.max(fewest, Math.round(count / 10))));
      expect(splitPhotos(photos, seed, ['photos'])).toEqual({ train, heldOut });
    }),
  );
  const photos = Array.from({ length: 100 }, (_, i) => i);
  expect(splitPhotos(photos, 1, [])).not.toEqual(splitPhotos(photos, 2, []));
});

test('fewer than four photos cannot be split: the folder is named', () => {
  expect(() => splitPhotos([1, 2, 3], 1, ['/home/me/photos'])).toThrow(
    '/home/me/photos has only 3 usable photo(s). Choose a folder with at least 4',
  );
  expect(() => splitPhotos([], 1, ['empty'])).toThrow('empty has no usable photo.');
});

test('with the first reasons why others cannot be used, and how many more there are', () => {
  const reasons = Array.from({ length: 6 }, (_, i) => `photo ${i + 1} is damaged.`);
  expect(() => splitPhotos([], 1, ['photos'], reasons)).toThrow(
    'GIF photos. photo 1 is damaged. photo 2 is damaged. photo 3 is damaged. photo 4 is damaged. 2 more cannot be used.',
  );
  expect(() => splitPhotos([], 1, ['photos'], reasons.slice(5))).toThrow(/photos\. photo 6 is damaged\.$/);
});
