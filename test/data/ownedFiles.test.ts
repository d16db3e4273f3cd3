import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownFile, takeOver } from '../../src-main/data/ownedFiles';
import { temporaryFolder } from '../image/samples';

test('files of processes that are gone are taken over, those of others and of other kinds are not', () => {
  const folder = join(temporaryFolder(), 'owned');
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const own = ownFile(folder, 'a', 'json');
  const others = [`b.${process.ppid}.json`, `c.${dead}.jsonl`, `d.${dead}.json`];
  for (const name of [`a.${dead}.json`, ...others]) writeFileSync(join(folder, name), name);
  expect(takeOver(folder, 'json', (name) => name !== 'd')).toEqual([own]);
  expect(readdirSync(folder).sort()).toEqual([`a.${process.pid}.json`, ...others].sort());
  expect(takeOver(join(folder, 'nowhere'), 'json', () => true)).toEqual([]);
});
