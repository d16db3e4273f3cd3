import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchRuntime, findRuntime } from '../../src-main/shell/runtime';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'electron-'));
  writeFileSync(join(folder, 'package.json'), '{}');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A package whose install script does that. */
const installing = (script: string) => {
  writeFileSync(join(folder, 'install.js'), script);
};
const fetching = `
  const fs = require('node:fs');
  fs.mkdirSync(__dirname + '/dist');
  fs.writeFileSync(__dirname + '/dist/electron', '');
  fs.writeFileSync(__dirname + '/path.txt', 'electron');`;

test('a runtime that was fetched is found', async () => {
  installing(fetching);
  expect(findRuntime(folder)).toBeUndefined();
  expect(await fetchRuntime(folder, 20_000)).toBe(join(folder, 'dist', 'electron'));
  expect(findRuntime(folder)).toBe(join(folder, 'dist', 'electron'));
});

test('one that was fetched in part is not', () => {
  writeFileSync(join(folder, 'path.txt'), 'electron');
  expect(findRuntime(folder)).toBeUndefined();
});

test.each([
  ['fails', 'process.exit(1)'],
  ['hangs', 'setInterval(() => undefined, 1000)'],
])('an install that %s gives none, in time', async (_how, script) => {
  installing(script);
  expect(await fetchRuntime(folder, 1_000)).toBeUndefined();
});
