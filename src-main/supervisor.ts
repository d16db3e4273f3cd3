import { fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { Cancelled, ExitCode, messageOf, throwIfCancelled } from './base/errors';
import type { JobName } from './shared/config';
import { JobError } from './shared/failure';
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
}

/**
 * Pauses before the restarts of the jobs that go on from their files. A photo is given up after three deaths; where a
 * second one goes the same way with none done in between, it is not the photos.
 */
const usualPauses: Partial<Record<JobName, readonly number[]>> = {
  search: [500, 2000],
  upscale: [500, 2000, 2000, 2000, 2000, 2000],
};

type Ending = { result: Record<string, unknown> } | { error: Error } | { died: string };

/**
 * Runs one job in an engine of its own and resolves with its result. An engine that dies is started again where the job
 * resumes from its files. Throws {@link Cancelled} or a {@link JobError}; when it settles, the process is gone.
 */
export async function superviseJob(
  job: JobName,
  config: Record<string, unknown>,
  { start, signal, onProgress, killAfter = 1500, restartPauses = usualPauses[job] ?? [] }: Supervision,
): Promise<Record<string, unknown>> {
  const told = { fraction: 0, figures: false, photoDone: false };
  const forward = (progress: Progress) => {
    told.figures ||= progress.data !== undefined;
    told.photoDone ||= batchDataSchema.safeParse(progress.data).data?.settled?.status === 'done';
    // A resumed job may count from a little further back; what is shown never falls.
    told.fraction = Math.max(told.fraction, progress.fraction);
    onProgress({ ...progress, fraction: told.fraction });
  };
  for (let restarts = 0, request = config; ; restarts++) {
    throwIfCancelled(signal);
    const ending = await runOnce(start(), { type: 'run', job, config: request }, signal, killAfter, forward);
    if ('result' in ending) return ending.result;
    // Ctrl-C may end a process of the engine's own first: what fails because of it is no fault.
    throwIfCancelled(signal);
    if ('error' in ending) throw ending.error;
    if (told.photoDone) restarts = 0;
    told.photoDone = false;
    const wait = job in usualPauses ? restartPauses[restarts] : undefined;
    if (wait === undefined) throw engineDied(ending.died, restarts);
    const message = `The engine ${ending.died}; starting it again (${restarts + 1} of ${restartPauses.length}).`;
    forward({ event: 'progress', phase: 'restarting', fraction: told.fraction, message });
    await pause(wait, undefined, { signal }).catch(() => {
      throw new Cancelled();
    });
    // What was asked to begin anew has begun once it tells figures: from there on it resumes, before it would resume
    // what it was to replace.
    if (told.figures) request = { ...config, restart: false };
  }
}

function runOnce(
  engine: EngineProcess,
  request: Request,
  signal: AbortSignal,
  killAfter: number,
  onProgress: (progress: Progress) => void,
): Promise<Ending> {
  return new Promise((resolve) => {
    let ending: Ending | undefined;
    let timer: NodeJS.Timeout | undefined;
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
    engine.onMessage((message) => {
      const parsed = eventSchema.safeParse(message);
      if (!parsed.success)
        end({ error: new Error(`The engine sent a malformed message: ${parsed.error.message}`) });
      else if (parsed.data.event === 'progress') onProgress(parsed.data);
      else end(endingOf(parsed.data));
    });
    engine.onExit((why) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      resolve(ending ?? { died: why });
    });
    signal.addEventListener('abort', cancel, { once: true });
    engine.send(request);
  });
}

function endingOf({ event, ...rest }: Exclude<EngineEvent, { event: 'progress' }>): Ending {
  if (event === 'done') return { result: rest };
  const failure = failureSchema.parse(rest);
  return { error: failure.exitCode === ExitCode.cancelled ? new Cancelled() : new JobError(failure) };
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
