import { fork } from 'node:child_process';
import { z } from 'zod';

// How an engine reaches its timing processes: children of its own where it runs on Node, children of the main process
// where it runs inside Electron, whose packaged executable refuses to run as plain Node.

/** A running timing process, whatever runs it. */
export interface TimingProcess {
  send(request: object): void;
  onMessage(listener: (reply: unknown) => void): void;
  /** Called when it is gone; `why` is for example "SIGKILL" or "code 1". */
  onExit(listener: (why: string) => void): void;
  /** Ends it at once, without asking. */
  kill(): void;
}

/** What an engine inside Electron asks the main process for; `id` is the engine's own number for the process. */
export const timingCallSchema = z.discriminatedUnion('do', [
  z.object({ type: z.literal('timing'), id: z.int(), do: z.literal('start') }),
  z.object({ type: z.literal('timing'), id: z.int(), do: z.literal('send'), request: z.unknown() }),
  z.object({ type: z.literal('timing'), id: z.int(), do: z.literal('stop') }),
]);
type TimingCall = z.input<typeof timingCallSchema>;

const timingNewsSchema = z.union([
  z.object({ type: z.literal('timing'), id: z.int(), exit: z.string() }),
  z.object({ type: z.literal('timing'), id: z.int(), reply: z.unknown() }),
]);
/** What the main process tells in return. */
export type TimingNews = z.input<typeof timingNewsSchema>;

/** Whether a message to the engine is for its timers. */
export const isTimingNews = (message: unknown): boolean => timingNewsSchema.safeParse(message).success;

/** The part of Electron's `process.parentPort` that is used here. */
interface ParentPort {
  on(event: 'message', listener: (message: { data: unknown }) => void): void;
  off(event: 'message', listener: (message: { data: unknown }) => void): void;
  postMessage(message: TimingCall): void;
}

/** Starts the script, inside Electron the main process's own copy of it. */
export function startTiming(script: string): TimingProcess {
  const { parentPort } = process as { parentPort?: ParentPort };
  return parentPort ? askForTiming(parentPort) : forkTiming(script);
}

function forkTiming(script: string): TimingProcess {
  // `advanced` sends model bytes as they are; JSON would write out each byte.
  const child = fork(script, {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return {
    send: (request) => {
      // A process that died is reported by its exit.
      child.send(request, () => undefined);
    },
    onMessage: (listener) => {
      child.on('message', listener);
    },
    onExit: (listener) => {
      child.once('error', (error) => {
        listener(error.message);
      });
      child.once('exit', (code, signal) => {
        listener(signal ?? `code ${code ?? '?'}`);
      });
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}

let count = 0;

function askForTiming(port: ParentPort): TimingProcess {
  const id = count++;
  let onMessage: ((reply: unknown) => void) | undefined;
  let onExit: ((why: string) => void) | undefined;
  const receive = ({ data }: { data: unknown }): void => {
    const news = timingNewsSchema.safeParse(data).data;
    if (news?.id !== id) return;
    if ('exit' in news) {
      port.off('message', receive);
      onExit?.(news.exit);
    } else onMessage?.(news.reply);
  };
  port.on('message', receive);
  port.postMessage({ type: 'timing', id, do: 'start' });
  return {
    send: (request) => {
      port.postMessage({ type: 'timing', id, do: 'send', request });
    },
    onMessage: (listener) => {
      onMessage = listener;
    },
    onExit: (listener) => {
      onExit = listener;
    },
    kill: () => {
      port.postMessage({ type: 'timing', id, do: 'stop' });
    },
  };
}
