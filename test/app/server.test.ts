import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Host } from '../../src-main/app/host';
import { AppServer } from '../../src-main/app/server';
import { memoryEngines } from '../support/memoryEngine';

const folder = mkdtempSync(join(tmpdir(), 'server-'));
const { engines, start } = memoryEngines();
let host: Host;
let server: AppServer;
let cookie: string;

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A request as anybody may send it: `fetch` would not send another Host, Origin or a path with "..". */
function send(path: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<Answer> {
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.on('error', reject).end(body);
  });
}

const port = (): string => new URL(server.url).port;
const own = () => ({ cookie, origin: `http://127.0.0.1:${port()}` });

beforeAll(async () => {
  mkdirSync(join(folder, 'page'));
  mkdirSync(join(folder, 'page-evil'));
  writeFileSync(join(folder, 'page', 'index.html'), '<p>the page</p>');
  writeFileSync(join(folder, 'page-evil', 'x.html'), 'secret');
  writeFileSync(join(folder, 'secret.html'), 'secret');
  const home = join(folder, 'home');
  host = new Host({ home, startEngine: start, out: join(folder, 'out'), root: folder });
  server = await AppServer.start({ host, page: join(folder, 'page'), home, port: 0 });
  const { headers } = await send(server.url.slice(server.url.indexOf('/?')));
  cookie = headers['set-cookie']![0]!.split(';')[0]!;
  expect(headers['set-cookie']![0]).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
});

afterAll(async () => {
  await server.close();
  await host.close();
  rmSync(folder, { recursive: true });
});

test('with the cookie the page is served, under a policy without other origins', async () => {
  const { status, text, headers } = await send('/', { headers: own() });
  expect([status, text]).toEqual([200, '<p>the page</p>']);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:|data:/);
  expect(headers['x-content-type-options']).toBe('nosniff');
});

test('the key admits once: a second browser is refused', async () => {
  expect((await send('/?key=')).status).toBe(401);
  expect((await send(`/?key=${'x'.repeat(32)}`)).status).toBe(401);
  expect(new URL(server.url).searchParams.get('key')).toBe('');
});

test.each(['/', '/picture/abc', '/file/abc', '/inbox/a/b.jpg'])(
  'without the cookie %s is refused',
  async (path) => {
    expect((await send(path)).status).toBe(401);
  },
);

test('another host name is refused, as when a site points its name at this address', async () => {
  expect((await send('/', { headers: { ...own(), host: 'evil.example' } })).status).toBe(403);
});

test.each([
  '/../secret.html',
  '/%2e%2e/secret.html',
  '/..%2fsecret.html',
  '/../page-evil/x.html',
  '/%00.html',
  '/%zz.html',
  '/nothing.html',
])('nothing outside of the page is served at %s', async (path) => {
  const { status, text } = await send(path, { headers: own() });
  expect([status, text]).toEqual([404, 'Not found']);
});

test('files are only taken from the page itself', async () => {
  const headers = { cookie, origin: 'http://evil.example' };
  expect((await send('/inbox/drop/a.jpg', { method: 'PUT', headers, body: 'x' })).status).toBe(403);
});

test('a dropped folder lies in the inbox as it was, and its token leads there', async () => {
  const put = (path: string) => send(path, { method: 'PUT', headers: own(), body: 'pixels' });
  const first = await put('/inbox/drop1/holiday/a%25b.jpg');
  expect(JSON.parse(first.text)).toMatchObject({ kind: 'folder', name: 'holiday' });
  expect((await put('/inbox/drop1/holiday/below/c.jpg')).text).toBe(first.text);
  const { token } = JSON.parse(first.text) as { token: string };
  expect(readdirSync(host.tokens.path(token))).toEqual(['a%b.jpg', 'below']);
});

test.each([
  '/inbox/d/%2e%2e/x.jpg',
  '/inbox/d/a%2fb.jpg',
  '/inbox/%2e%2e/x.jpg',
  '/inbox/d',
  '/inbox/d/a%00.jpg',
])('nothing is stored at %s', async (path) => {
  expect((await send(path, { method: 'PUT', headers: own(), body: 'x' })).status).toBeGreaterThanOrEqual(400);
});

test('an unknown picture is not there, and no engine is asked', async () => {
  expect((await send(`/picture/${'x'.repeat(22)}?side=96`, { headers: own() })).status).toBe(404);
  expect(engines).toHaveLength(0);
});

const knock = (headers: Record<string, string>, path = '/line') =>
  new Promise<string>((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port()}${path}`, { headers });
    socket.once('open', () => {
      socket.close();
      resolve('open');
    });
    socket.once('error', ({ message }) => {
      resolve(message);
    });
  });

test('the line is open to the page only', async () => {
  await expect(knock(own())).resolves.toBe('open');
  await expect(knock({ cookie, origin: 'http://evil.example' })).resolves.toContain('403');
  await expect(knock({ origin: own().origin })).resolves.toContain('403');
  await expect(knock({ cookie })).resolves.toContain('403');
  await expect(knock(own(), '/other')).resolves.toContain('403');
});

test('a stranger who hangs up on a refusal, and a page that talks nonsense, take nothing down', async () => {
  for (let i = 0; i < 20; i++) {
    const stranger = connect(Number(port()), '127.0.0.1');
    const request =
      'GET /line HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    stranger.write(request, () => stranger.resetAndDestroy());
    await new Promise((resolve) => stranger.once('close', resolve));
  }
  const page = new WebSocket(`ws://127.0.0.1:${port()}/line`, { headers: own() });
  await new Promise((resolve) => page.once('open', resolve));
  // An unmasked frame, which no client may send.
  (page as unknown as { _socket: Socket })._socket.write(Buffer.from([0x81, 0x01, 0x61]));
  await new Promise((resolve) => page.once('close', resolve));
  expect((await send('/', { headers: own() })).status).toBe(200);
});

test('two of them in one browser keep their cookies apart', async () => {
  const other = await AppServer.start({
    host,
    page: join(folder, 'page'),
    home: join(folder, 'home'),
    port: 0,
  });
  const { headers } = await new Promise<IncomingMessage>((resolve) => {
    httpRequest(other.url, resolve).end();
  });
  const both = `${cookie}; ${headers['set-cookie']![0]!.split(';')[0]!}`;
  expect(headers['set-cookie']![0]!.split('=')[0]).not.toBe(cookie.split('=')[0]);
  expect((await send('/', { headers: { ...own(), cookie: both } })).status).toBe(200);
  await other.close();
});

test('folders are browsed below the root and no further', async () => {
  const { here, above } = await host.api.browse({ what: 'photos' });
  expect(above).toBeNull();
  const outside = host.tokens.source(join(here.place)).token;
  await expect(async () => host.api.browse({ what: 'photos', folder: outside })).rejects.toThrow(
    'lies outside of',
  );
});

test('a port that is taken is told', async () => {
  const options = { host, page: folder, home: folder, port: Number(port()) };
  await expect(AppServer.start(options)).rejects.toThrow(`Port ${port()} cannot be used.`);
});
