import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { connectScreen } from '../../src-main/shared/rpc';
import { RunningCli, runCli, workplace } from '../support/builtCli';
import { writePhotos } from '../support/photoFiles';

const at = workplace();

/** Opens the address as a browser does and returns a line with its cookie. */
async function open(url: string) {
  const { headers } = await fetch(url, { redirect: 'manual' });
  const cookie = headers.get('set-cookie')!.split(';')[0]!;
  const { origin, host } = new URL(url);
  const socket = new WebSocket(`ws://${host}/line`, { headers: { cookie, origin } });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
  const api = connectScreen(
    {
      post: (text) => {
        socket.send(text);
      },
      onText: (listener) => {
        socket.on('message', (data: Buffer) => {
          listener(data.toString('utf8'));
        });
      },
    },
    () => undefined,
  );
  const get = (path: string) => fetch(new URL(path, origin), { headers: { cookie } });
  return { api, get };
}

test('serve shows photos below its root, and Ctrl-C ends it within two seconds with all its engines', async () => {
  await writePhotos(at('photos'), 2);
  const running = new RunningCli(at('home'), ['serve', '--root', at('photos')]);
  const { url } = (await running.until(({ event }) => event === 'done')) as unknown as { url: string };
  const { api, get } = await open(url);
  expect(await (await get('/')).text()).toContain('<title>Pixel Tailor</title>');

  const { files } = await api.browse({ what: 'photos' });
  expect(files.map(({ name }) => name)).toEqual(['photo 1.png', 'photo 2.png']);
  expect(await api.lookAt({ photos: files.map(({ token }) => token) })).toEqual([
    { width: 200, height: 160, format: 'png' },
    { width: 200, height: 160, format: 'png' },
  ]);
  const picture = await get(`/picture/${files[0]!.token}?side=64`);
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/webp']);

  const engines = running.engines();
  expect(engines).not.toEqual([]);
  const { code, milliseconds } = await running.signalAll('SIGINT');
  expect(code).toBe(0);
  expect(milliseconds).toBeLessThan(2000);
  for (const engine of engines) expect(() => process.kill(engine, 0)).toThrow('ESRCH');
});

test.each([
  [['--port', 'eighty'], 'Expected a number from 0 to 65535 for --port but received "eighty".'],
  [['--root', '/no/such/folder'], 'Expected a folder for --root but received "/no/such/folder".'],
])('serve %s is refused', async (options, message) => {
  const { code, last } = await runCli(at('home'), ['serve', ...options]);
  expect([code, last?.message]).toEqual([2, message]);
});
