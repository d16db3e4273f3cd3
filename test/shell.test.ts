import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { FakePage, world, type FakePort, type FakeWindow } from './support/fakeElectron';

vi.mock('electron', async () => (await import('./support/fakeElectron')).electron);

let window: FakeWindow;
let port: FakePort;
beforeAll(async () => {
  await import('../src-main/main');
  window = world.windows[0]!;
  window.webContents.emit('did-finish-load');
  port = world.ports[0]!;
});

/** An event that says whether it was prevented. */
const preventable = () => ({ preventDefault: vi.fn() });

test('the page is sandboxed, isolated and without Node', () => {
  expect(world.windows).toHaveLength(1);
  expect(window.options.webPreferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
  });
  expect(basename(String(window.options.webPreferences['preload']))).toBe('preload.cjs');
  expect(window.loaded).toMatch(/renderer.index\.html$/);
});

test('navigation, new windows, web views and permissions are denied', () => {
  const navigation = preventable();
  window.webContents.emit('will-navigate', navigation);
  expect(navigation.preventDefault).toHaveBeenCalled();
  expect(window.webContents.openHandler?.()).toEqual({ action: 'deny' });

  const webview = preventable();
  const contents = new FakePage();
  world.app.emit('web-contents-created', {}, contents);
  contents.emit('will-attach-webview', webview);
  expect(webview.preventDefault).toHaveBeenCalled();

  const answer = vi.fn();
  world.permissionRequest?.(undefined, 'geolocation', answer);
  expect(answer).toHaveBeenCalledWith(false);
  expect(world.permissionCheck?.()).toBe(false);
});

test('the page gets one end of a line, and the engine starts only when a job is asked for', async () => {
  const posted = window.webContents.posted[0];
  expect(posted?.[0]).toBe('engine');
  expect(posted?.[2]).toHaveLength(1);
  expect(world.engines).toHaveLength(0);

  port.emit('message', { data: { id: 7, job: 'devices' } });
  await expect.poll(() => port.sent.length).toBe(2);
  expect(port.sent).toEqual([
    { id: 7, event: 'progress', phase: 'working', fraction: 0.5 },
    { id: 7, event: 'done', job: 'devices' },
  ]);
  expect(world.engines.map(({ script }) => basename(script))).toEqual(['engine.js']);
  expect(world.engines[0]?.process.killed).toBe(true);
});

test('the page cannot ask for a job that names files', () => {
  const before = world.engines.length;
  port.emit('message', { data: { id: 8, job: 'upscale', config: { inputs: ['/etc'] } } });
  port.emit('message', { data: 'nonsense' });
  expect(world.engines).toHaveLength(before);
});

test('the app ends with its last window', () => {
  world.app.emit('window-all-closed');
  expect(world.quits).toBe(1);
});

test("the page's content policy allows its own files only", () => {
  const html = readFileSync(join(import.meta.dirname, '..', 'src-renderer', 'index.html'), 'utf8');
  const policy = /Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
});
