import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AppEvent } from '../src-main/shared/api';
import { connectScreen } from '../src-main/shared/rpc';
import { FakePage, world, type FakePort, type FakeWindow } from './support/fakeElectron';
import { FakeHost } from './support/fakeHost';

vi.mock('electron', async () => (await import('./support/fakeElectron')).electron);
vi.mock('../src-main/app/host', async () => ({ Host: (await import('./support/fakeHost')).FakeHost }));

const home = mkdtempSync(join(tmpdir(), 'home-'));
const photo = join(home, 'photo.jpg');
let window: FakeWindow;
let host: FakeHost;

beforeAll(async () => {
  writeFileSync(photo, '');
  vi.stubEnv('PIXEL_TAILOR_HOME', home);
  vi.spyOn(process, 'argv', 'get').mockReturnValue(['pixel-tailor', '--flag', photo, 'not there.jpg']);
  await import('../src-main/main');
  await vi.waitFor(() => {
    expect(FakeHost.made[0]?.handed).toHaveLength(1);
  });
  window = world.windows[0]!;
  host = FakeHost.made[0]!;
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

/** An event that says whether it was prevented. */
const preventable = () => ({ preventDefault: vi.fn() });

/** The page's end of a line. */
const screenAt = (port: FakePort, onEvent: (event: AppEvent) => void = () => undefined) =>
  connectScreen(
    {
      post: (text) => port.emit('message', { data: text }),
      onText: (listener) => port.on('sent', listener),
    },
    onEvent,
  );

test('the page is sandboxed, isolated and without Node', () => {
  expect(world.windows).toHaveLength(1);
  expect(window.options.webPreferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    devTools: false,
  });
  expect(basename(String(window.options.webPreferences['preload']))).toBe('preload.cjs');
  expect(window.loaded).toBe('app://pixel-tailor/index.html');
});

test.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])(
  '%s is denied to every page, this one included',
  (name) => {
    const later = new FakePage();
    world.app.emit('web-contents-created', {}, later);
    for (const page of [window.webContents, later]) {
      const event = preventable();
      page.emit(name, event);
      expect(event.preventDefault).toHaveBeenCalled();
      expect(page.openHandler?.()).toEqual({ action: 'deny' });
    }
  },
);

test('permissions but that to copy text, devices and the network are denied', () => {
  const answer = vi.fn();
  for (const permission of ['geolocation', 'media', 'notifications', 'clipboard-read', 'openExternal']) {
    world.permissionRequest?.(undefined, permission, answer);
    expect(answer).toHaveBeenLastCalledWith(false);
    expect(world.permissionCheck?.(undefined, permission)).toBe(false);
  }
  world.permissionRequest?.(undefined, 'clipboard-sanitized-write', answer);
  expect(answer).toHaveBeenLastCalledWith(true);
  expect(world.devicePermission?.()).toBe(false);
  world.beforeRequest?.({}, answer);
  expect(answer).toHaveBeenLastCalledWith({ cancel: true });
  expect(world.blockedUrls).toEqual(expect.arrayContaining(['http://*/*', 'https://*/*', 'file://*/*']));
  expect(world.spellChecker).toBe(false);
});

test('the scheme has an origin, and is served before the page is loaded', () => {
  expect(world.schemes).toEqual([
    {
      scheme: 'app',
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true },
    },
  ]);
  expect(world.serve).toBeDefined();
});

test('the page gets one end of a line to the host; no engine runs before it is needed', async () => {
  const [name, , ports] = window.webContents.posted[0]!;
  expect(name).toBe('engine');
  expect(ports).toHaveLength(1);
  expect(world.ports[0]?.started).toBe(true);
  expect(world.utilities).toEqual([]);
  expect(await screenAt(world.ports[0]!).models({})).toEqual({ models: [], unreadable: [], searches: [] });
  host.options?.startEngine();
  expect(world.utilities.map(({ script }) => basename(script))).toEqual(['engine.js']);
});

test('what is no message on the line does no harm', () => {
  const port = world.ports[0]!;
  const sent = port.sent.length;
  for (const data of ['nonsense', 'null', '{"t":"q","m":"constructor","a":[]}', { t: 'q' }, undefined])
    port.emit('message', { data });
  expect(port.sent).toHaveLength(sent);
});

test('events and the choices of the menu reach the page', async () => {
  const heard: AppEvent[] = [];
  screenAt(world.ports.at(-1)!, (event) => heard.push(event));
  host.tell({ event: 'models' });
  const items = world.menu!.flatMap(({ submenu = [] }) => submenu);
  for (const { accelerator, click } of items) if (accelerator) click?.();
  const menu = ['addPhotos', 'addFolder', 'upscale', 'tailor', 'models', 'device'];
  await expect
    .poll(() => heard)
    .toEqual([{ event: 'models' }, ...menu.map((command) => ({ event: 'menu', command }))]);
});

test('a page that dies is loaded again with a new line, but not for ever', () => {
  const lines = world.ports.length;
  for (let death = 0; death < 5; death++)
    window.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
  expect(window.webContents.reloads).toBe(3);
  window.webContents.emit('did-finish-load');
  expect(world.ports).toHaveLength(lines + 1);
});

test('files of the command line are handed over once the page is there', () => {
  expect(world.lockData).toEqual({ paths: [photo] });
  expect(host.handed[0]).toEqual([photo]);
});

test('a second start hands its files over and brings the window forward; so does open-with', () => {
  window.minimized = true;
  world.app.emit('second-instance', {}, [], '', { paths: [photo] });
  expect(host.handed.at(-1)).toEqual([photo]);
  expect(window.did.slice(-3)).toEqual(['restore', 'show', 'focus']);

  const opened = preventable();
  world.app.emit('open-file', opened, photo);
  expect(opened.preventDefault).toHaveBeenCalled();
  expect(host.handed).toHaveLength(3);
});

test.each([undefined, { paths: 'x' }, { paths: ['relative.jpg'] }, { paths: [join(home, 'gone.jpg')] }])(
  'a second start with %j only brings the window forward',
  (sent) => {
    const before = host.handed.length;
    world.app.emit('second-instance', {}, [], '', sent);
    expect(host.handed).toHaveLength(before);
    expect(window.did.at(-1)).toBe('focus');
  },
);

test('language and theme follow the settings', () => {
  expect(world.menu?.[0]?.label).toMatch(/File|Pixel Tailor/);
  host.tell({ event: 'settings', settings: { ...host.settings, language: 'de', theme: 'dark' } });
  expect(world.menu?.flatMap(({ submenu = [] }) => submenu.map(({ label }) => label))).toContain('Modelle');
  expect(world.nativeTheme.themeSource).toBe('dark');
});

test('the app ends with its last window, and only after the host', async () => {
  world.app.emit('window-all-closed');
  expect(world.quits).toBe(1);
  const quit = preventable();
  world.app.emit('will-quit', quit);
  expect(quit.preventDefault).toHaveBeenCalled();
  expect(host.closed).toBe(true);
  await expect.poll(() => world.exits).toEqual([0]);
});

test('a second start of the app opens no window and quits', async () => {
  world.hasLock = false;
  vi.resetModules();
  await import('../src-main/main');
  expect(world.windows).toHaveLength(1);
  expect(world.quits).toBe(2);
});
