import { appendFileSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
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

test('done counts only while the result is there', () => {
  const { path, photo } = place();
  const done = { ...photo, status: 'done' as const, seconds: 2 };
  engine(path, (journal) => {
    journal.settle(done);
  });
  expect(settledBefore(path, photo).file).toBeUndefined();
  writeFileSync(photo.output, 'a picture');
  expect(settledBefore(path, photo).file).toEqual(done);
});

test('work whose result has appeared since is done', () => {
  const { path, photo } = place();
  engine(path, (journal) => {
    journal.begin(photo);
  });
  expect(settledBefore(path, photo)).toEqual({ file: undefined, deaths: 1 });
  writeFileSync(photo.output, 'a picture');
  expect(settledBefore(path, photo).file).toMatchObject({ ...photo, status: 'done' });
  expect(settledBefore(path, photo).deaths).toBe(0);
});

test('what lay there before is no result of the work', () => {
  const { path, photo } = place();
  writeFileSync(photo.output, 'an older picture');
  utimesSync(photo.output, 1000, 1000);
  engine(path, (journal) => {
    journal.begin(photo);
  });
  expect(settledBefore(path, photo).file).toBeUndefined();
  writeFileSync(photo.output, 'a newer picture');
  expect(settledBefore(path, photo).file).toMatchObject({ status: 'done' });
});

test('a name that was only claimed is free again', () => {
  const { path, photo } = place();
  engine(path, (journal) => {
    journal.begin(photo);
  });
  writeFileSync(photo.output, '');
  expect(settledBefore(path, photo).file).toBeUndefined();
  expect(existsSync(photo.output)).toBe(false);
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

test('what a dead engine left half written is removed, and nothing else', async () => {
  const { path, photo } = place();
  const left = join(dirname(photo.output), '.out.png.0123456789ab.tmp');
  const other = join(dirname(photo.output), '.out.png.mine.tmp');
  for (const file of [left, other]) writeFileSync(file, 'half');
  engine(path, (journal) => {
    journal.begin(photo);
  });
  const journal = new Journal(path);
  await journal.tidy();
  journal.close();
  expect([left, other].map((file) => existsSync(file))).toEqual([false, true]);
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
