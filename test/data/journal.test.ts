import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { Journal, mostDeaths } from '../../src-main/data/journal';
import { temporaryFolder } from '../image/samples';

const root = temporaryFolder();
let cases = 0;

/** A journal of its own, and a photo whose result is not there yet. */
function place() {
  const folder = join(root, `case ${++cases}`);
  mkdirSync(folder);
  const photo = { input: join(folder, 'a.png'), output: join(folder, 'out.png') };
  return { path: join(folder, 'journal'), photo };
}

/** What an engine that is then gone writes. */
function engine(path: string, write: (journal: Journal) => void): void {
  const journal = new Journal(path);
  write(journal);
  journal.close();
}

const settledBefore = (path: string, photo: { input: string; output: string }) => {
  const journal = new Journal(path);
  const file = journal.settledBefore(photo);
  const deaths = journal.deaths(photo);
  journal.close();
  return { file, deaths };
};

test('what was settled is known again, word for word', () => {
  const { path, photo } = place();
  const failed = { ...photo, status: 'failed' as const, reason: 'it is a letter', notes: ['x'], seconds: 2 };
  engine(path, (journal) => {
    journal.begin(photo);
    journal.settle(failed);
  });
  expect(settledBefore(path, photo)).toEqual({ file: failed, deaths: 0 });
  expect(settledBefore(path, { ...photo, output: 'elsewhere' }).file).toBeUndefined();
});

const done = (photo: { input: string; output: string }) => ({
  ...photo,
  status: 'done' as const,
  notes: ['rounded'],
  seconds: 2,
});

/** A result comes to lie under its name, as far as an engine gets with that. */
function put(path: string, photo: { input: string; output: string }, { settles = false, names = true } = {}) {
  const temporary = `${photo.output}.tmp`;
  engine(path, (journal) => {
    journal.begin(photo);
    writeFileSync(temporary, 'a picture');
    journal.placing(done(photo), temporary);
    if (names) renameSync(temporary, photo.output);
    if (settles) journal.settle(done(photo));
  });
}

test('done counts only while the result is there as it was', () => {
  const { path, photo } = place();
  put(path, photo, { settles: true });
  expect(settledBefore(path, photo).file).toEqual(done(photo));
  writeFileSync(photo.output, 'another picture');
  expect(settledBefore(path, photo).file).toBeUndefined();
  rmSync(photo.output);
  expect(settledBefore(path, photo).file).toBeUndefined();
});

test('a result that got its name before the engine died is done, with what is to be said of it', () => {
  const { path, photo } = place();
  put(path, photo);
  expect(settledBefore(path, photo).file).toEqual(done(photo));
  expect(settledBefore(path, photo).deaths).toBe(0);
});

test('what is there under the name without being put there by us is not done', () => {
  const { path, photo } = place();
  put(path, photo, { names: false });
  expect(settledBefore(path, photo)).toEqual({ file: undefined, deaths: 1 });
  writeFileSync(photo.output, 'another picture');
  expect(settledBefore(path, photo).file).toBeUndefined();
});

test('the result of a photo that was changed since is not done', () => {
  const { path, photo } = place();
  put(path, photo, { settles: true });
  writeFileSync(photo.input, 'a new photo');
  expect(settledBefore(path, photo).file).toBeUndefined();
});

test('a name that was only claimed is free again', () => {
  const { path, photo } = place();
  put(path, photo, { names: false });
  writeFileSync(photo.output, '');
  expect(settledBefore(path, photo).file).toBeUndefined();
  expect(existsSync(photo.output)).toBe(false);
});

test('asked for anew, what is done stays so and what failed or died is tried again', () => {
  const { path, photo } = place();
  const other = { input: 'b.png', output: 'b2.png' };
  put(path, photo, { settles: true });
  engine(path, (journal) => {
    for (let i = 0; i < mostDeaths; i++) journal.begin(other);
  });
  expect(settledBefore(path, other).file).toMatchObject({ status: 'failed' });
  engine(path, (journal) => {
    journal.startAnew();
  });
  expect(settledBefore(path, photo).file).toEqual(done(photo));
  expect(settledBefore(path, other)).toEqual({ file: undefined, deaths: 0 });
});

test('an engine waits for the end of the one before it, whose command was killed', async () => {
  const { path } = place();
  const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  writeFileSync(path, `${JSON.stringify({ step: 'taken', pid: other.pid })}\n`);
  const journal = new Journal(path);
  let taken = false;
  const taking = journal.take().then(() => (taken = true));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(taken).toBe(false);
  other.kill('SIGKILL');
  await taking;
  journal.close();
});

test('a photo is given up after so many deaths; work that was given back is none', () => {
  const { path, photo } = place();
  for (let i = 1; i < mostDeaths; i++) {
    engine(path, (journal) => {
      journal.begin(photo);
    });
  }
  engine(path, (journal) => {
    journal.begin(photo);
    journal.release(photo);
  });
  expect(settledBefore(path, photo)).toEqual({ file: undefined, deaths: mostDeaths - 1 });
  engine(path, (journal) => {
    journal.begin(photo);
  });
  const { file } = settledBefore(path, photo);
  expect(file).toMatchObject({ status: 'failed', reason: expect.stringContaining(photo.input) as string });
  expect(settledBefore(path, photo)).toEqual({ file, deaths: 0 });
});

test('what a dead process left half written is removed, and nothing else', async () => {
  const { path, photo } = place();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const file = (name: string): string => join(dirname(photo.output), name);
  const left = [file(`.out.png.${dead}-0123456789ab.tmp`), file(`.b\n%.${dead}-0123456789ab.tmp`)];
  const others = [
    file(`.out.png.${process.ppid}-0123456789ab.tmp`),
    file('.out.png.mine.tmp'),
    file(`out.png.${dead}-0123456789ab.tmp`),
  ];
  for (const each of [...left, ...others]) writeFileSync(each, 'half');
  engine(path, (journal) => {
    journal.begin(photo);
  });
  const journal = new Journal(path);
  await journal.tidy();
  journal.close();
  expect(left.filter((each) => existsSync(each))).toEqual([]);
  expect(others.filter((each) => existsSync(each))).toEqual(others);
});

test('a torn last line is passed over, and the next one stands alone', () => {
  const { path, photo } = place();
  engine(path, (journal) => {
    journal.begin(photo);
  });
  appendFileSync(path, '{"step":"settled","file":{"inp');
  const failed = { ...photo, status: 'failed' as const, reason: 'x', seconds: 0 };
  engine(path, (journal) => {
    expect(journal.deaths(photo)).toBe(1);
    journal.settle(failed);
  });
  expect(settledBefore(path, photo).file).toEqual(failed);
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(3);
});

test('a journal that cannot be written is named', () => {
  expect(() => new Journal(join(root, 'nowhere', 'journal'))).toThrow(UserError);
  expect(() => new Journal(join(root, 'nowhere', 'journal'))).toThrow(join(root, 'nowhere'));
});
