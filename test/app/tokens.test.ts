import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Tokens } from '../../src-main/app/tokens';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tokens-')));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a file has one token, which says nothing about its place', () => {
  const tokens = new Tokens();
  const path = join(folder, '100% ę.jpg');
  writeFileSync(path, '');
  const source = tokens.source(path);
  expect(source).toMatchObject({ kind: 'file', name: '100% ę.jpg', place: folder });
  expect(source.token).toMatch(/^[\w-]{22}$/);
  expect(tokens.source(path).token).toBe(source.token);
  expect(tokens.readable(source.token)).toBe(path);
});

test('a link is granted as what it leads to', () => {
  const tokens = new Tokens();
  mkdirSync(join(folder, 'real'));
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  expect(tokens.source(join(folder, 'link'))).toEqual(tokens.source(join(folder, 'real')));
});

test('a file that has become a link to another one is not read', () => {
  const tokens = new Tokens();
  const [path, secret] = [join(folder, 'photo.jpg'), join(folder, 'secret')];
  writeFileSync(path, '');
  writeFileSync(secret, '');
  const { token } = tokens.source(path);
  rmSync(path);
  symlinkSync(secret, path);
  expect(() => tokens.readable(token)).toThrow('has become a link to another file');
});

test('what is gone, and what was never granted, is told', () => {
  const tokens = new Tokens();
  expect(() => tokens.source(join(folder, 'gone.jpg'))).toThrow(
    'gone.jpg is not there any more. Choose it again.',
  );
  expect(() => tokens.path('x'.repeat(22))).toThrow('The app was started anew since');
});
