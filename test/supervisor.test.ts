import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Cancelled } from '../src-main/base/errors';
import { loadDevices, saveDevices } from '../src-main/latency/deviceFile';
import type { JobName } from '../src-main/shared/config';
import { JobError } from '../src-main/shared/failure';
import type { Progress } from '../src-main/shared/progress';
import { describeExit, forkEngine, superviseJob, type EngineProcess } from '../src-main/supervisor';

const script = join(import.meta.dirname, 'support', 'fakeEngine.mjs');
let folder: string;
let log: string;
let tests: string;
let seen: Progress[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supervisor-'));
  log = join(folder, 'starts');
  tests = join(folder, 'latency');
  vi.stubEnv('PIXEL_TAILOR_HOME', folder);
  seen = [];
});
afterEach(() => rm(folder, { recursive: true }));

interface Options {
  job?: JobName;
  name?: string;
  cancel?: AbortController;
  onRestart?: () => unknown;
}

function supervise(
  behaviour: string,
  { job = 'search', name = 'lisbon', cancel = new AbortController(), onRestart }: Options = {},
) {
  return superviseJob(
    job,
    { name, restart: true },
    {
      start: () => forkEngine(script, [behaviour, log]),
      signal: cancel.signal,
      onProgress: (progress) => {
        seen.push(progress);
        if (progress.phase === 'restarting') onRestart?.();
      },
      restartPauses: [10, 20],
      deviceSilence: 1000,
    },
  );
}

/** The configurations with which engines were started. */
async function starts(): Promise<unknown[]> {
  return (await readFile(log, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** Cancels once the job has told of its progress; resolves with the milliseconds until the job had ended. */
async function cancelWhileRunning(behaviour: string): Promise<number> {
  const cancel = new AbortController();
  const running = supervise(behaviour, { cancel });
  await expect.poll(() => seen.length, { timeout: 10_000 }).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const start = performance.now();
  cancel.abort();
  await expect(running).rejects.toThrow(Cancelled);
  return performance.now() - start;
}

test('forwards the job, its progress and its result', async () => {
  const result = await supervise('answer');
  expect(result['echo']).toEqual({ name: 'lisbon', restart: true });
  expect(result).not.toHaveProperty('event');
  expect(seen.map(({ fraction }) => fraction)).toEqual([0.1, 0.5]);
  expect(seen[1]).toMatchObject({ secondsLeft: 600, message: 'step 5' });
});

test("passes on the engine's own errors with their exit status", async () => {
  const refusal = await supervise('refuse').catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(JobError);
  expect((refusal as JobError).failure).toEqual({ message: 'Expected more photos.', exitCode: 2 });
  const fault = await supervise('fault').catch((error: unknown) => error);
  expect((fault as JobError).failure).toMatchObject({ exitCode: 1, detail: 'at x.ts:1' });
});

test('a malformed message is a fault and ends the engine', async () => {
  await expect(supervise('malformed')).rejects.toThrow('malformed message');
});

test('an engine that dies is started again, resumes instead of beginning anew, and progress never falls', async () => {
  expect(await supervise('dieOnce')).toEqual({});
  expect(await starts()).toEqual([
    { name: 'lisbon', restart: true },
    { name: 'lisbon', restart: false },
  ]);
  expect(seen.map(({ fraction }) => fraction)).toEqual([0.4, 0.4, 0.4]);
  expect(seen[1]?.message).toContain('was killed by SIGKILL');
});

test('an engine that dies before it has begun anew begins anew', async () => {
  await supervise('dieOnce', { name: 'early' });
  expect(await starts()).toEqual([
    { name: 'early', restart: true },
    { name: 'early', restart: true },
  ]);
});

test('after two restarts it gives up and says why', async () => {
  const error = await supervise('die').catch((reason: unknown) => reason);
  expect(await starts()).toHaveLength(3);
  expect((error as JobError).failure.exitCode).toBe(1);
  expect((error as JobError).message).toMatch(/code 7.*Fatal error: out of tensors.*after 2 restarts/);
});

test('a batch is started again as often as photos are done in between', async () => {
  expect(await supervise('diePerPhoto', { job: 'upscale' })).toEqual({});
  expect(await starts()).toHaveLength(4);
});

test('a job that cannot resume is not started again', async () => {
  await expect(supervise('die', { job: 'bench' })).rejects.toThrow('ended unexpectedly with code 7');
  expect(await starts()).toHaveLength(1);
});

test.each([
  ['loseDevice', 'it is gone'],
  ['hangOnDevice', 'it has not answered for 1 seconds'],
  ['dieOnDevice', 'the engine ended unexpectedly with code 7'],
])(
  'a device that fails (%s) is left for the next one, said once, and tested again later',
  async (behaviour, why) => {
    await saveDevices(tests, [
      { id: 'gpu', name: 'A card', provider: 'webgpu', ok: true, gflops: 1, tileMs: 1, stepMs: 1 },
    ]);
    const noted: unknown[] = [];
    await supervise(behaviour, {
      onRestart: async () =>
        noted.push((await loadDevices(tests))?.map(({ ok, reason }) => ({ ok, reason }))),
    });
    expect(await starts()).toEqual([
      { name: 'lisbon', restart: true },
      { name: 'lisbon', restart: false, device: 'auto' },
    ]);
    const told = seen.filter(({ phase }) => phase === 'restarting').map(({ message }) => message);
    expect(told).toEqual([`A card failed: ${why}. The next best device goes on.`]);
    expect(noted).toEqual([[{ ok: false, reason: why }]]);
    expect(await loadDevices(tests)).toBeUndefined();
  },
);

test('a job about one device is not moved to another', async () => {
  const failure = await supervise('loseDevice', { job: 'bench' }).catch((error: unknown) => error);
  expect((failure as JobError).message).toBe('The device failed: it is gone.');
  expect(await starts()).toHaveLength(1);
});

test('a cancel is asked for first', async () => {
  expect(await cancelWhileRunning('polite')).toBeLessThan(1400);
});

test('what goes wrong because of a cancel is no fault', async () => {
  expect(await cancelWhileRunning('stumble')).toBeLessThan(1400);
});

test('an engine that does not hear the cancel is killed within two seconds', async () => {
  expect(await cancelWhileRunning('block')).toBeLessThan(2000);
});

test('a cancel during the pause before a restart ends the job', async () => {
  const cancel = new AbortController();
  const running = superviseJob(
    'search',
    {},
    {
      start: () => forkEngine(script, ['die', log]),
      signal: cancel.signal,
      onProgress: () => {
        cancel.abort();
      },
      restartPauses: [60_000],
    },
  );
  await expect(running).rejects.toThrow(Cancelled);
});

test('a job cancelled before it began starts no engine', async () => {
  const start = (): EngineProcess => {
    throw new Error('started');
  };
  const running = superviseJob(
    'search',
    {},
    { start, signal: AbortSignal.abort(), onProgress: () => undefined },
  );
  await expect(running).rejects.toThrow(Cancelled);
});

test('the end of a process is told in words', () => {
  expect(describeExit(1, null, '')).toBe('ended unexpectedly with code 1');
  expect(describeExit(null, 'SIGSEGV', '')).toBe('was killed by SIGSEGV');
  expect(describeExit(null, 'SIGKILL', '')).toContain('memory ran out');
  expect(describeExit(134, null, 'terminate called\n\nnote: see above\n')).toContain(
    '(it said: terminate called)',
  );
});
