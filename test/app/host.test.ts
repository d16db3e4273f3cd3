import { existsSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Host } from '../../src-main/app/host';
import { temporaryFolder } from '../image/samples';
import { memoryEngines } from '../support/memoryEngine';

const root = temporaryFolder();
let cases = 0;

/** An app of its own; `at` gives paths below its root. */
function place(out = 'out') {
  const folder = join(root, `case ${++cases}`);
  mkdirSync(folder);
  const at = (...names: string[]): string => join(folder, ...names);
  const { engines, start } = memoryEngines();
  return {
    ...{ at, engines },
    host: new Host({ home: at('home'), startEngine: start, out: at(out), root: folder }),
    photo: (name: string): string => {
      writeFileSync(at(name), 'a photo');
      return at(name);
    },
  };
}

test('a photo and a link to it are one photo, under the name that comes first', async () => {
  const { host, at, photo } = place();
  mkdirSync(at('holiday'));
  symlinkSync(photo('holiday/b.jpg'), at('holiday', 'a.jpg'));
  linkSync(at('holiday', 'b.jpg'), at('holiday', 'c.jpg'));
  const found = await host.api.findPhotos({ sources: [host.tokens.source(at('holiday')).token] });
  expect(found.map(({ name }) => name)).toEqual(['a.jpg', 'c.jpg']);
});

test('folders and files that are there twice by a link are browsed once', async () => {
  const { host, at, photo } = place();
  mkdirSync(at('one'));
  symlinkSync(at('one'), at('two'));
  symlinkSync(photo('a.jpg'), at('b.jpg'));
  const { folders, files } = await host.api.browse({ what: 'photos' });
  expect(folders.map(({ name }) => name)).toEqual(['home', 'one']);
  expect(files.map(({ name }) => name)).toEqual(['a.jpg']);
});

test('a photo whose name leads nowhere is listed beside the others, to be told of', async () => {
  const { host, at, photo } = place();
  mkdirSync(at('old'));
  photo('old/a.jpg');
  writeFileSync(Buffer.concat([Buffer.from(at('old', 'b')), Buffer.from([0xe9]), Buffer.from('.jpg')]), '');
  const found = await host.api.findPhotos({ sources: [host.tokens.source(at('old')).token] });
  expect(found.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['a.jpg', 7],
    ['b\ufffd.jpg', 0],
  ]);
});

test('a folder for results that cannot be made keeps no screen from opening', async () => {
  const { host, photo } = place('file/below');
  photo('file');
  expect((await host.api.hello({})).out.name).toBe('below');
});

test('the usual folder for results is not made before a batch needs it, and may lie behind a link', async () => {
  const { host, at, photo, engines } = place('link/results');
  mkdirSync(at('real'));
  symlinkSync(at('real'), at('link'));
  const { out } = await host.api.hello({});
  expect(existsSync(at('real', 'results'))).toBe(false);
  const [found] = await host.api.findPhotos({ sources: [host.tokens.source(photo('a.jpg')).token] });
  const options = { model: 'lisbon', naming: '{name}', overwrite: false, quality: 95 };
  await host.api.upscale({ ...options, photos: [found!.token], out: out.token });
  expect(engines[0]!.requests[0]).toMatchObject({ config: { out: at('real', 'results') } });
  mkdirSync(at('real', 'results'));
  expect((await host.api.hello({})).out).toEqual(out);
});
