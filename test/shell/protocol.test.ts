import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { contentPolicy } from '../../src-main/app/staticFiles';
import { registerScheme, servePages } from '../../src-main/shell/protocol';
import { world } from '../support/fakeElectron';
import { FakeHost } from '../support/fakeHost';

vi.mock('electron', async () => (await import('../support/fakeElectron')).electron);
const token = 'A'.repeat(22);
const folder = mkdtempSync(join(tmpdir(), 'pages-'));
const ask = (url: string, init?: RequestInit) => world.serve!(new Request(url, init));

beforeAll(() => {
  for (const name of ['root/assets', 'root-evil']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of [
    'root/index.html',
    'root/assets/a b.js',
    'root-evil/secret.js',
    'secret.js',
    'root/notes.txt',
  ])
    writeFileSync(join(folder, name), name);
  registerScheme();
  servePages({ folder: join(folder, 'root'), picture: (url) => new FakeHost().picture(url) });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('the scheme is standard and secure, and bypasses no policy', () => {
  expect(world.schemes.map(({ privileges }) => Object.keys(privileges))).toEqual([
    ['standard', 'secure', 'supportFetchAPI', 'stream'],
  ]);
});

test('files of the build come with their type, the policy and no sniffing', async () => {
  const response = await ask('app://pixel-tailor/index.html');
  expect([response.status, await response.text()]).toEqual([200, 'root/index.html']);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentPolicy,
    'x-content-type-options': 'nosniff',
  });
  expect((await ask('app://pixel-tailor/assets/a%20b.js')).headers.get('content-type')).toMatch(
    'text/javascript',
  );
});

test('a picture comes from the host and is not kept', async () => {
  const response = await ask(`app://pixel-tailor/picture/${token}?side=7`);
  expect([response.status, await response.text()]).toEqual([200, 'side 7']);
  expect(response.headers.get('content-type')).toBe('image/webp');
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test.each([
  '/../secret.js',
  '/%2e%2e/secret.js',
  '/..%2fsecret.js',
  '/%252e%252e%252fsecret.js',
  '/..%2froot-evil/secret.js',
  '/assets%2f..%2f..%2fsecret.js',
  '/assets/a%2520b.js',
  '/index.html%00.js',
  '/%zz.html',
  '/notes.txt',
  '/assets',
  '/picture/unknown',
])('%s is not found', async (path) => {
  expect((await ask(`app://pixel-tailor${path}`)).status).toBe(404);
});

test.each([
  ['another host', `app://elsewhere/picture/${token}`, {}],
  ['another method', `app://pixel-tailor/picture/${token}`, { method: 'POST' }],
])('%s is not served', async (_what, url, init) => {
  expect((await ask(url, init)).status).toBe(404);
});

test('the page says the same policy itself: no other origin, nothing inline', () => {
  const html = readFileSync(join(import.meta.dirname, '..', '..', 'src-renderer', 'index.html'), 'utf8');
  const own = /Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1];
  // A page cannot say itself who may frame it.
  expect(`${own ?? ''}; frame-ancestors 'none'`).toBe(contentPolicy);
  expect(contentPolicy).toMatch(/^default-src 'none'; /);
  expect(contentPolicy).not.toMatch(/unsafe|\*|https?:|data:/);
});
