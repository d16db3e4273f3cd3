import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
    ...{ photo, out, engines },
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
