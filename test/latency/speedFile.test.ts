import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { speeds } from '../../src-main/latency/speedFile';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'speeds-'));
});
afterEach(() => rm(folder, { recursive: true }));

const speed = (ratio: number) => ({ msPerMP: 10 * ratio, refMsPerMP: 10, ratio });

test('speeds are kept by device and network; a new one replaces the old one', async () => {
  const below = join(folder, 'not there yet');
  expect(await speeds.load(below, 'cpu')).toEqual({});
  expect(await speeds.save(below, 'cpu', 'a', speed(1))).toBe(1);
  expect(await speeds.save(below, 'cpu', 'b', speed(2))).toBe(2);
  expect(await speeds.save(below, 'gpu', 'a', speed(3))).toBe(1);
  expect(await speeds.save(below, 'cpu', 'a', speed(4))).toBe(2);
  expect(await speeds.load(below, 'cpu')).toEqual({ a: speed(4), b: speed(2) });
  expect(await speeds.load(below, 'gpu')).toEqual({ a: speed(3) });
});

test('a damaged file counts as none and is replaced', async () => {
  await writeFile(speeds.path(folder), '{"cpu":{"a":{"ratio":-1}}}');
  expect(await speeds.load(folder, 'cpu')).toEqual({});
  await speeds.save(folder, 'cpu', 'a', speed(1));
  expect(await speeds.load(folder, 'cpu')).toEqual({ a: speed(1) });
});
