import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Host } from '../../src-main/app/host';
import { temporaryFolder } from '../image/samples';
import { memoryEngines } from '../support/memoryEngine';

const root = temporaryFolder();
let cases = 0;

/** An app whose runs follow one another in one home, and a batch of one photo to begin with. */
function place() {
  const folder = join(root, `case ${++cases}`);
  const [photo, out, home] = [join(folder, 'a.png'), join(folder, 'out'), join(folder, 'home')];
  for (const made of [home, out]) mkdirSync(made, { recursive: true });
  writeFileSync(photo, 'a photo');
  const { engines, start } = memoryEngines();
  return {
    ...{ photo, out, engines, home },
    files: () => readdirSync(join(home, 'batches')),
    startApp: () => new Host({ home, startEngine: start, out, root: folder }),
    begin: async (host: Host): Promise<string> => {
      const [found] = await host.api.findPhotos({ sources: [host.tokens.source(photo).token] });
      const { id } = await host.api.upscale({
        ...{ photos: [found!.token], out: host.tokens.source(out).token, model: 'lisbon' },
        ...{ naming: '{name} big', overwrite: true, quality: 80 },
      });
      return id;
    },
  };
}

const jobs = async (host: Host) => (await host.api.hello({})).jobs;

test.each(['ends', 'is killed'])(
  'a batch is offered again after the app %s, and goes on as it was',
  async (how) => {
    const { startApp, begin, engines, photo, out, files } = place();
    const first = startApp();
    await begin(first);
    const asked = engines[0]!.requests[0] as { config: { journal: string } };
    writeFileSync(asked.config.journal, 'what was written down\n');
    if (how === 'ends') await first.close();

    const second = startApp();
    const [job] = await jobs(second);
    expect(job).toMatchObject({ kind: 'upscale', state: 'paused', interrupted: true, title: 'a.png' });
    expect(engines).toHaveLength(1);
    await second.api.resume({ id: job!.id });
    expect(engines[1]!.requests[0]).toMatchObject({
      job: 'upscale',
      config: {
        ...{ inputs: [{ path: photo, relative: 'a.png' }], out, model: 'lisbon', naming: '{name} big' },
        ...{ overwrite: true, quality: 80, journal: asked.config.journal },
      },
    });
    expect((await jobs(second))[0]).not.toHaveProperty('interrupted');

    engines[1]!.say({ event: 'done', files: [] });
    await expect.poll(async () => (await jobs(second))[0]!.state).toBe('done');
    await expect.poll(files).toEqual([]);
    await second.close();
    expect(await jobs(startApp())).toEqual([]);
  },
);

test('a batch that waits its turn is offered again, too, and is not started by the end of the app', async () => {
  const { startApp, begin, engines } = place();
  const first = startApp();
  for (let i = 0; i < 2; i++) await begin(first);
  await first.close();
  expect(engines).toHaveLength(1);
  expect((await jobs(startApp())).map(({ state }) => state)).toEqual(['paused', 'paused']);
});

test('a batch that was cancelled is not offered again, unless it was gone on with', async () => {
  const { startApp, begin, files } = place();
  const first = startApp();
  const id = await begin(first);
  await first.api.cancel({ id });
  await expect.poll(files).toEqual([]);
  await first.api.resume({ id });
  await expect.poll(files).toHaveLength(1);
  await first.api.cancel({ id });
  await first.close();
  expect(await jobs(startApp())).toEqual([]);
});

test('a batch that failed is not offered again', async () => {
  const { startApp, begin, engines, files } = place();
  const first = startApp();
  await begin(first);
  engines[0]!.say({ event: 'error', message: 'There is no such model.', exitCode: 2 });
  await expect.poll(files).toEqual([]);
  await first.close();
  expect(await jobs(startApp())).toEqual([]);
});

test('photos of a batch that is offered again keep their places when they are asked for once more', async () => {
  const { startApp, out, engines, home } = place();
  const first = startApp();
  mkdirSync(join(home, 'holiday', 'day one'), { recursive: true });
  writeFileSync(join(home, 'holiday', 'day one', 'a.png'), 'a photo');
  const [found] = await first.api.findPhotos({ sources: [first.tokens.source(join(home, 'holiday')).token] });
  const options = { model: 'lisbon', naming: '{name}', overwrite: false, quality: 95 };
  await first.api.upscale({ ...options, photos: [found!.token], out: first.tokens.source(out).token });
  await first.close();

  const second = startApp();
  const [job] = await jobs(second);
  const { input } = (await second.api.job({ id: job!.id })).files[0]!;
  await second.api.cancel({ id: job!.id });
  await second.api.upscale({ ...options, photos: [input], out: second.tokens.source(out).token });
  expect(engines[1]!.requests[0]).toMatchObject({
    config: { inputs: [{ relative: join('day one', 'a.png') }] },
  });
});

/** Where nothing can be written any more, as on a full disk. */
function fill(home: string): void {
  rmSync(join(home, 'batches'), { recursive: true, force: true });
  symlinkSync(join(home, 'full'), join(home, 'batches'));
}

test('on a full disk no batch is begun, and one that is there ends in peace', async () => {
  const { startApp, begin, home, engines } = place();
  const host = startApp();
  const id = await begin(host);
  await host.api.cancel({ id });
  fill(home);
  await host.api.resume({ id });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await jobs(host))[0]!.state).toBe('running');
  expect((await host.api.log({})).text).toContain('batches is not a folder');
  await expect(begin(host)).rejects.toThrow();
  expect(await jobs(host)).toHaveLength(1);
  engines.at(-1)!.say({ event: 'done', files: [] });
  await expect.poll(async () => (await jobs(host))[0]!.state).toBe('done');
  unlinkSync(join(home, 'batches'));
});

const tailor = async (host: Host, photo: string): Promise<{ id: string }> =>
  host.api.tailor({
    photos: [host.tokens.source(photo).token],
    scale: 2,
    budget: 'fast',
    minutes: 10,
    name: 'lisbon',
    fromScratch: false,
  });

test.each(['ends', 'is killed'])('a search is offered again after the app %s, and goes on', async (how) => {
  const { startApp, engines, photo } = place();
  const first = startApp();
  const { id } = await tailor(first, photo);
  await first.api.resume({ id, minutes: 30 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  if (how === 'ends') await first.close();

  const second = startApp();
  const [job] = await jobs(second);
  expect(job).toMatchObject({ kind: 'tailor', state: 'paused', interrupted: true, title: 'lisbon' });
  expect(job!.tailor).toMatchObject({ model: 'lisbon', minutes: 30 });
  await second.api.resume({ id: job!.id });
  const config = { photos: [photo], scale: 2, budget: 'fast', minutes: 30, name: 'lisbon', device: 'auto' };
  expect(engines.at(-1)!.requests[0]).toMatchObject({ job: 'search', config });
  engines.at(-1)!.say({ event: 'done' });
  await expect.poll(async () => (await jobs(second))[0]!.state).toBe('done');
  await second.close();
  expect(await jobs(startApp())).toEqual([]);
});

test('a model whose search goes on is neither deleted nor renamed', async () => {
  const { startApp, photo } = place();
  const host = startApp();
  const { id } = await tailor(host, photo);
  await host.api.pause({ id });
  const refused = 'lisbon is still being tailored. Finish or cancel that first.';
  await expect(async () => host.api.removeModel({ model: 'lisbon' })).rejects.toThrow(refused);
  await expect(async () => host.api.renameModel({ model: 'Lisbon', name: 'porto' })).rejects.toThrow(
    'tailored',
  );
});

test('a batch whose photos are all gone is forgotten', async () => {
  const { startApp, begin, photo, files } = place();
  const first = startApp();
  await begin(first);
  await first.close();
  rmSync(photo);
  expect(await jobs(startApp())).toEqual([]);
  expect(files()).toEqual([]);
  expect(existsSync(photo)).toBe(false);
});
