import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { batchDataSchema, resultSchemas, type UpscaledFile } from '../../src-main/shared/results';
import type { CliOptions, Ended, Line, RunningCli } from '../support/builtCli';
import type { Trial } from './trial';

/** Where trials take place. */
export interface World {
  /** How long a command takes that nothing befalls, in milliseconds. */
  usual: number;
  /** Whether disks may be mounted here. */
  mounts: boolean;
  /** Photos of others. */
  fixtures: readonly string[];
}

/** Any moment of a command: every other time one while photos are worked on, which is less than half of its time. */
export async function moment({ rng }: Trial, { usual }: World, running: RunningCli): Promise<void> {
  if (rng.below(2) === 0) {
    await pause(rng.next() * usual);
    return;
  }
  const begins = ({ data }: Line) => batchDataSchema.safeParse(data).data?.working === true;
  await running.until((line) => line.event === 'done' || begins(line)).catch(() => undefined);
  await pause(rng.next() * 0.4 * usual);
}

/** The moment when work on one of the first photos begins. */
export async function atWork({ rng }: Trial, running: RunningCli): Promise<void> {
  const photo = rng.below(2);
  const begins = ({ working, file }: { working?: true; file?: number }) => working === true && file! >= photo;
  await running.until(
    ({ event, data }) => event === 'done' || begins(batchDataSchema.safeParse(data).data ?? {}),
  );
}

/** Ends a process, if it is there still. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    expect(error).toMatchObject({ code: 'ESRCH' });
  }
}

/** Signals all processes of a command, if it runs still, and waits for its end. */
export async function signalAll(running: RunningCli, signal: NodeJS.Signals): Promise<Ended> {
  const ending = running.signalAll(signal).catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'ESRCH' });
  });
  await ending;
  return running.ended;
}

export const filesOf = ({ last }: Ended): UpscaledFile[] => resultSchemas.upscale.parse(last).files;

export function noneFailed(files: UpscaledFile[]): UpscaledFile[] {
  expect(files.filter(({ status }) => status === 'failed')).toEqual([]);
  return files;
}

/** The same command once more, with nothing in its way any longer. */
export const again = async (trial: Trial): Promise<UpscaledFile[]> =>
  noneFailed(await trial.check(await trial.start().ended));

/** After a power cut the ends of files that were not synced are lost, or hold nothing. */
export function tearJournals({ home, rng }: Trial): void {
  const journals = join(home, 'journals');
  for (const name of existsSync(journals) ? readdirSync(journals) : []) {
    const path = join(journals, name);
    truncateSync(path, rng.below(statSync(path).size + 1));
    if (rng.below(2) === 0) appendFileSync(path, '\0\0\0{"step":');
  }
}

/** Mounts a small disk in memory where the results go. */
export function mount({ out }: Trial, options: string): void {
  mkdirSync(out, { recursive: true });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', out]);
  expect(status, String(stderr)).toBe(0);
}

/** A command that may write no file larger than so many kilobytes; `ulimit -f` counts blocks of 512 bytes. */
export const filesUpTo = (kilobytes: number): CliOptions => ({
  through: ['sh', '-c', `ulimit -f ${2 * kilobytes}; exec "$@"`, 'sh'],
});

/** A command whose network fails in that way after so many runs. */
export const breaking = (mode: string, after: number): CliOptions => ({
  preload: join(import.meta.dirname, 'brokenNetwork.mjs'),
  env: { FAULT_MODE: mode, FAULT_AFTER: String(after) },
});
