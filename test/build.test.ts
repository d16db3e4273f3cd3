import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forkEngine, superviseJob } from '../src-main/supervisor';

// What `npm run build` left in out/; `npm test` builds first.
const root = resolve(import.meta.dirname, '..');
const built = (...parts: string[]) => join(root, 'out', ...parts);
const node = promisify(execFile);

let home: string;
beforeAll(async () => {
  expect(existsSync(built('main', 'cli.js')), 'run `npm run build` first').toBe(true);
  home = await mkdtemp(join(tmpdir(), 'home-'));
});
afterAll(() => rm(home, { recursive: true }));

test('package.json points to files that were built', () => {
  const { main, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    main: string;
    bin: Record<string, string>;
  };
  for (const file of [main, ...Object.values(bin)])
    expect(statSync(join(root, file)).size).toBeGreaterThan(0);
  expect(readFileSync(built('main', 'cli.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test('the sandboxed preload script is one CommonJS file that needs only electron', () => {
  const code = readFileSync(built('preload', 'preload.cjs'), 'utf8');
  expect([...code.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name)).toEqual(['electron']);
  expect(code).not.toMatch(/^import /m);
});

test('the page keeps its content policy and loads its files by relative paths', () => {
  const html = readFileSync(built('renderer', 'index.html'), 'utf8');
  expect(html).toContain('Content-Security-Policy');
  expect(html).not.toMatch(/(src|href)="\//);
});

test('the command line runs the built engine', async () => {
  const env = { ...process.env, PIXEL_TAILOR_HOME: home };
  const { stdout } = await node(process.execPath, [built('main', 'cli.js'), 'models', 'list', '--json'], {
    env,
  });
  expect(JSON.parse(stdout)).toMatchObject({ event: 'done', action: 'list', unreadable: [] });
});

test('the engine checks what it is asked for', async () => {
  const running = superviseJob(
    'models',
    { action: 'burn' },
    {
      start: () => forkEngine(built('main', 'engine.js')),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    },
  );
  await expect(running).rejects.toThrow('Expected list, show, import, export or remove');
});

test.each([
  ['runAsNode', false],
  ['enableNodeOptionsEnvironmentVariable', false],
  ['enableNodeCliInspectArguments', false],
  ['enableEmbeddedAsarIntegrityValidation', true],
  ['onlyLoadAppFromAsar', true],
])('the packaged app has its fuse %s set to %s', (fuse, on) => {
  expect(readFileSync(join(root, 'electron-builder.yml'), 'utf8')).toContain(`\n  ${fuse}: ${on}\n`);
});

test('npm start without a display says so and serves the app', async () => {
  const env = { ...process.env, PIXEL_TAILOR_HOME: home, DISPLAY: '', WAYLAND_DISPLAY: '' };
  const start = spawn(process.execPath, [built('main', 'start.js')], { env, detached: true });
  start.stdout.setEncoding('utf8');
  let said = '';
  try {
    for await (const text of start.stdout) {
      said += text as string;
      if (said.includes('http://127.0.0.1:')) break;
    }
  } finally {
    // The server is a child of its own.
    if (start.exitCode === null) process.kill(-start.pid!, 'SIGKILL');
  }
  expect(said).toMatch(
    /^There is no display here, so the app is served to a browser instead\.\n.*http:\/\/127\.0\.0\.1:\d+/s,
  );
});
