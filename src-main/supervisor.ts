import { fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Cancelled, DeviceFailed, ExitCode, messageOf, throwIfCancelled } from './base/errors';
import { distrustDevice, forgetDevices } from './latency/deviceFile';
import { homeFolder } from './model/home';
import type { JobName } from './shared/config';
import { failureOf, JobError } from './shared/failure';
import { eventSchema, failureSchema, type EngineEvent, type Request } from './shared/messages';
import type { Progress } from './shared/progress';
import { batchDataSchema } from './shared/results';

/** A running engine, whatever runs it: a forked Node process or Electron's utility process. */
export interface EngineProcess {
  send(request: Request): void;
  /** Ends the process at once, without asking it. */
  kill(): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when the process is gone; `why` reads on from "The engine ", for example "ended with code 1". */
  onExit(listener: (why: string) => void): void;
}

export interface Supervision {
  start: () => EngineProcess;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
  /** Milliseconds from a cancel to the kill: onnxruntime blocks its process, so asking may not be heard. */
  killAfter?: number;
  /** Milliseconds to wait before each restart of an engine that died; their number is the number of restarts. */
  restartPauses?: readonly number[];
  /** Milliseconds without a sign of life after which a GPU is taken to hang (default two minutes). */
  deviceSilence?: number;
}

/**
 * Pauses before the restarts of the jobs that go on from their files. A photo is given up after three deaths; where a
 * second one goes the same way with none done in between, it is not the photos.
 */
const usualPauses: Partial<Record<JobName, readonly number[]>> = {
  search: [500, 2000],
  upscale: [500, 2000, 2000, 2000, 2000, 2000],
};

/** Jobs that go on from their files, or begin again, on another device; the others are about the one that was asked for. */
const movable: ReadonlySet<JobName> = new Set<JobName>(['search', 'train', 'upscale', 'evaluate', 'demo']);

/** What a job has told so far. */
interface Told {
  fraction: number;
  figures: boolean;
  photoDone: boolean;
  /** The device in use, unless it is the processor. */
  gpu: Progress['device'];
}

type Ending = { result: Record<string, unknown> } | { error: Error; device?: string } | { died: string };

/**
 * Runs one job in an engine of its own and resolves with its result. An engine that dies is started again where the job
 * resumes from its files, and a device that fails or hangs is left for the next one.
 * Throws {@link Cancelled} or a {@link JobError}; when it settles, the process is gone.
 */
export async function superviseJob(
  job: JobName,
  config: Record<string, unknown>,
  {
    start,
    signal,
    onProgress,
    killAfter = 1500,
    restartPauses = usualPauses[job] ?? [],
    deviceSilence = 120_000,
  }: Supervision,
): Promise<Record<string, unknown>> {
  const told: Told = { fraction: 0, figures: false, photoDone: false, gpu: undefined };
  const lost = new Set<string>();
  const tests = join(homeFolder(), 'latency');
  const forward = (progress: Progress) => {
    if (progress.device) told.gpu = progress.device.id === 'cpu' ? undefined : progress.device;
    told.figures ||= progress.data !== undefined;
    told.photoDone ||= batchDataSchema.safeParse(progress.data).data?.settled?.status === 'done';
    // A resumed job may count from a little further back; what is shown never falls.
    told.fraction = Math.max(told.fraction, progress.fraction);
    onProgress({ ...progress, fraction: told.fraction });
  };
  const run = {
    signal,
    killAfter,
    onProgress: forward,
    silence: () => (told.gpu ? deviceSilence : undefined),
  };
  try {
    for (let restarts = 0, request = config; ;) {
      throwIfCancelled(signal);
      const ending = await runOnce(start(), { type: 'run', job, config: request }, run);
      if ('result' in ending) return ending.result;
      // Ctrl-C may end a process of the engine's own first: what fails because of it is no fault.
      throwIfCancelled(signal);
      const why = movable.has(job) && told.gpu && !lost.has(told.gpu.id) ? deviceFault(ending) : undefined;
      const again = { event: 'progress', phase: 'restarting', fraction: told.fraction } as const;
      if (why !== undefined && told.gpu) {
        const { id, name } = told.gpu;
        lost.add(id);
        await distrustDevice(tests, id, why);
        forward({ ...again, message: `${name} failed: ${why}. The next best device goes on.` });
        told.gpu = undefined;
        request = { ...request, device: 'auto' };
      } else {
        if ('error' in ending) throw ending.error;
        if (told.photoDone) restarts = 0;
        told.photoDone = false;
        const wait = job in usualPauses ? restartPauses[restarts] : undefined;
        if (wait === undefined) throw engineDied(ending.died, restarts);
        restarts++;
        const message = `The engine ${ending.died}; starting it again (${restarts} of ${restartPauses.length}).`;
        forward({ ...again, message });
        await pause(wait, undefined, { signal }).catch(() => {
          throw new Cancelled();
        });
      }
      // What was asked to begin anew has begun once it tells figures: from there on it resumes, before it would resume
      // what it was to replace.
      if (told.figures) request = { ...request, restart: false };
    }
  } finally {
    // What failed within a job is tested again before the next one.
    if (lost.size > 0) await forgetDevices(tests);
  }
}

/** Why the device is to blame for how a run ended, if it is: who was killed may have taken too much memory. */
function deviceFault(ending: Exclude<Ending, { result: unknown }>): string | undefined {
  if ('error' in ending) return ending.device;
  return ending.died.includes('SIGKILL') ? undefined : `the engine ${ending.died}`;
}

interface Run {
  signal: AbortSignal;
  killAfter: number;
  onProgress: (progress: Progress) => void;
  /** Milliseconds without a message after which the engine is given up, where it is watched. */
  silence: () => number | undefined;
}

function runOnce(
  engine: EngineProcess,
  request: Request,
  { signal, killAfter, onProgress, silence }: Run,
): Promise<Ending> {
  return new Promise((resolve) => {
    let ending: Ending | undefined;
    let timer: NodeJS.Timeout | undefined;
    let watch: NodeJS.Timeout | undefined;
    const end = (how: Ending) => {
      ending ??= how;
      engine.kill();
    };
    const cancel = () => {
      engine.send({ type: 'abort' });
      timer = setTimeout(() => {
        end({ error: new Cancelled() });
      }, killAfter);
    };
    const listen = () => {
      clearTimeout(watch);
      const patience = silence();
      if (patience === undefined || ending) return;
      watch = setTimeout(() => {
        const why = `it has not answered for ${Math.round(patience / 1000)} seconds`;
        end(endingOf({ event: 'error', ...failureOf(new DeviceFailed(why)) }));
      }, patience);
    };
    engine.onMessage((message) => {
      const parsed = eventSchema.safeParse(message);
      if (!parsed.success)
        end({ error: new Error(`The engine sent a malformed message: ${parsed.error.message}`) });
      else if (parsed.data.event === 'progress') onProgress(parsed.data);
      else if (parsed.data.event !== 'alive') end(endingOf(parsed.data));
      listen();
    });
    engine.onExit((why) => {
      clearTimeout(timer);
      clearTimeout(watch);
      signal.removeEventListener('abort', cancel);
      resolve(ending ?? { died: why });
    });
    signal.addEventListener('abort', cancel, { once: true });
    engine.send(request);
  });
}

function endingOf({ event, ...rest }: Exclude<EngineEvent, { event: 'progress' | 'alive' }>): Ending {
  if (event === 'done') return { result: rest };
  const failure = failureSchema.parse(rest);
  if (failure.exitCode === ExitCode.cancelled) return { error: new Cancelled() };
  const { device } = failure;
  return { error: new JobError(failure), ...(device !== undefined && { device }) };
}

function engineDied(why: string, restarts: number): JobError {
  const again =
    restarts > 0 ? `, and again after ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}` : '';
  const advice = 'Nothing finished was lost: run the same command again, with fewer other programs open.';
  return new JobError({ message: `The engine ${why}${again}. ${advice}`, exitCode: ExitCode.fault });
}

/** Characters of the engine's error output that are kept to say why it died. */
export const keptErrorOutput = 4000;

/** Starts the engine's script as a plain Node process: for the command line and for tests. */
export function forkEngine(script: string, args: readonly string[] = []): EngineProcess {
  // `advanced` sends the bytes of pictures as they are, as Electron does.
  const child = fork(script, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], serialization: 'advanced' });
  let errorOutput = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errorOutput = (errorOutput + text).slice(-keptErrorOutput);
  });
  let failure: string | undefined;
  return {
    send: (request) => {
      // A dead process cannot be told anything; its end is reported by `onExit`.
      if (child.connected) child.send(request, () => undefined);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
    onMessage: (listener) => {
      child.on('message', listener);
    },
    onExit: (listener) => {
      child.once('error', (error) => {
        failure = `could not be reached (${messageOf(error)})`;
        if (child.pid === undefined) listener(failure);
      });
      child.once('exit', (code, signal) => {
        const report = () => {
          listener(failure ?? describeExit(code, signal, errorOutput));
        };
        // Its last words may still be on their way; a process that it left behind may hold the line open for ever.
        const timer = setTimeout(report, 200);
        child.once('close', () => {
          clearTimeout(timer);
          report();
        });
      });
    },
  };
}

/** Completes "The engine ..." from a process's exit status and the last lines it wrote. */
export function describeExit(code: number | null, signal: string | null, errorOutput: string): string {
  const how = signal === null ? `ended unexpectedly with code ${code ?? '?'}` : `was killed by ${signal}`;
  const hint = signal === 'SIGKILL' ? ', which often means that the memory ran out' : '';
  const lines = errorOutput.split('\n').filter((line) => line.trim() !== '');
  const said = lines.findLast((line) => /error|abort|terminat|fatal/i.test(line)) ?? lines.at(-1);
  return how + hint + (said === undefined ? '' : ` (it said: ${said.trim().slice(0, 200)})`);
}
