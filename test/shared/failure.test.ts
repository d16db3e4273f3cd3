import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cancelled, UserError } from '../../src-main/base/errors';
import { failureOf, JobError } from '../../src-main/shared/failure';

test('each kind of error has its exit status', () => {
  expect(failureOf(new UserError('Give a folder.'))).toEqual({ message: 'Give a folder.', exitCode: 2 });
  expect(failureOf(new Cancelled())).toMatchObject({ exitCode: 130 });
  expect(failureOf(new DOMException('x', 'AbortError'), AbortSignal.abort())).toMatchObject({
    exitCode: 130,
  });
  expect(failureOf(new JobError({ message: 'x', exitCode: 3 }))).toEqual({ message: 'x', exitCode: 3 });
  expect(failureOf('thrown text')).toMatchObject({
    exitCode: 1,
    message: expect.stringContaining('thrown text') as string,
  });
});

test('a fault of ours carries its stack', () => {
  const failure = failureOf(new TypeError('x is not a function'));
  expect(failure.exitCode).toBe(1);
  expect(failure.detail).toContain('failure.test.ts');
});

test("the system's errors become sentences that name the file and the way out", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'failure-'));
  const missing = join(folder, 'missing.txt');
  const error = await readFile(missing).catch((reason: unknown) => reason);
  expect(failureOf(error)).toEqual({ message: `There is no ${missing}. Check the path.`, exitCode: 2 });
  const below = await writeFile(join(folder, 'a'), '')
    .then(() => writeFile(join(folder, 'a', 'b'), ''))
    .catch((reason: unknown) => reason);
  expect(failureOf(below)).toMatchObject({ exitCode: 2 });
  await rm(folder, { recursive: true });
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(failureOf(full)).toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('disk is full') as string,
  });
});
