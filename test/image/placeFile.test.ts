import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { explainWriteError, placeFile } from '../../src-main/image/placeFile';
import { temporaryFolder } from './samples';

const root = temporaryFolder();
let folders = 0;

function newFolder(): string {
  const folder = join(root, `case ${++folders}`);
  mkdirSync(folder);
  return folder;
}

test('a file is written whole, and nothing else stays in the folder', async () => {
  const folder = newFolder();
  await placeFile(join(folder, 'a.bin'), Buffer.from('whole'), { overwrite: false });
  expect(readdirSync(folder)).toEqual(['a.bin']);
  expect(readFileSync(join(folder, 'a.bin'), 'utf8')).toBe('whole');
});

test('an existing file stays as it is, unless it may be replaced', async () => {
  const folder = newFolder();
  const path = join(folder, 'a.bin');
  writeFileSync(path, 'first');
  await expect(placeFile(path, Buffer.from('second'), { overwrite: false })).rejects.toThrow(
    `${path} exists already`,
  );
  expect(readFileSync(path, 'utf8')).toBe('first');
  await placeFile(path, Buffer.from('second'), { overwrite: true });
  expect(readFileSync(path, 'utf8')).toBe('second');
  expect(readdirSync(folder)).toEqual(['a.bin']);
});

test('a file that appears while ours is checked is not replaced', async () => {
  const folder = newFolder();
  const path = join(folder, 'a.bin');
  const verify = (): Promise<void> => {
    writeFileSync(path, 'of another program');
    return Promise.resolve();
  };
  await expect(placeFile(path, Buffer.from('ours'), { overwrite: false, verify })).rejects.toThrow(UserError);
  expect(readFileSync(path, 'utf8')).toBe('of another program');
  expect(readdirSync(folder)).toEqual(['a.bin']);
});

test('of many at once under one name exactly one wins', async () => {
  const path = join(newFolder(), 'a.bin');
  const writes = Array.from({ length: 8 }, (_, i) =>
    placeFile(path, Buffer.from(`writer ${i}`), { overwrite: false }),
  );
  const results = await Promise.allSettled(writes);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a file that fails its check leaves nothing', async () => {
  const folder = newFolder();
  let seen = '';
  const verify = (temporary: string): Promise<void> => {
    seen = temporary;
    return Promise.reject(new Error('not right'));
  };
  await expect(
    placeFile(join(folder, 'a.bin'), Buffer.from('x'), { overwrite: false, verify }),
  ).rejects.toThrow('not right');
  expect(seen).toContain(join(folder, '.a.bin.'));
  expect(existsSync(seen)).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});

test('very long names can be written', async () => {
  const folder = newFolder();
  const name = `${'ü'.repeat(120)}.png`;
  await placeFile(join(folder, name), Buffer.from('x'), { overwrite: false });
  expect(readdirSync(folder)).toEqual([name]);
});

test.each([
  ['ENOSPC', /disk is full: .*a\.png/],
  ['EROFS', /photos cannot be written to/],
  ['EACCES', /photos cannot be written to/],
  ['ENOENT', /photos is not a folder/],
  ['EIO', /a\.png could not be written/],
])('%s becomes a sentence with the way out', (code, sentence) => {
  const error = explainWriteError(join('photos', 'a.png'), Object.assign(new Error(code), { code }));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toMatch(sentence);
});
