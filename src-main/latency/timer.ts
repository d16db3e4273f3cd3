import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Cancelled, throwIfCancelled } from '../base/errors';
import type { Provider, SessionOptions } from '../runtime/session';
import { startTiming, type TimingProcess } from './timingLine';

/**
 * What a timing process is asked, one request at a time. `time` runs what was loaded last `atLeast` so many milliseconds
 * and twice, then `rest`s until it is quiet.
 */
export type TimingRequest =
  | { type: 'load'; model: Uint8Array; dims: readonly number[]; options: SessionOptions }
  | { type: 'time'; atLeast: number; rest: boolean };

export type TimingReply = { milliseconds: number[] } | { error: string };

export interface TimerOptions {
  signal: AbortSignal;
  /** What networks are timed on (default: the CPU). */
  provider?: Provider;
  /** The timing process's script; default: the one of the built program. */
  entry?: string;
}

/**
 * A process of its own that times one network (METHOD B3: two sessions in one process spoil each other's times).
 * Stop it when done.
 */
export class Timer {
  private settle: ((reply: TimingReply | Error) => void) | undefined;
  private gone: Error | undefined;

  private constructor(
    private readonly process: TimingProcess,
    private readonly provider: Provider,
  ) {
    process.onMessage((reply) => this.settle?.(reply as TimingReply));
  }

  static start({ signal, provider = 'cpu', entry = builtEntry() }: TimerOptions): Timer {
    throwIfCancelled(signal);
    const process = startTiming(entry);
    const timer = new Timer(process, provider);
    const cancel = () => {
      timer.end(new Cancelled());
      timer.stop();
    };
    signal.addEventListener('abort', cancel, { once: true });
    process.onExit((why) => {
      signal.removeEventListener('abort', cancel);
      timer.end(new Error(`The timing process ended unexpectedly (${why}).`));
    });
    return timer;
  }

  /** Takes the place of what was loaded before. The network has one input, of the given size. */
  async load(model: Uint8Array, dims: readonly number[]): Promise<void> {
    await this.ask({ type: 'load', model, dims, options: { provider: this.provider } });
  }

  /**
   * Milliseconds of each of at least two runs that together take `atLeast` milliseconds, after one that is not counted.
   * On return the process is quiet again, unless it need not `rest` since it goes on itself.
   */
  time(atLeast: number, { rest = true } = {}): Promise<number[]> {
    return this.ask({ type: 'time', atLeast, rest });
  }

  stop(): void {
    this.process.kill();
  }

  private ask(request: TimingRequest): Promise<number[]> {
    return new Promise((resolve, reject) => {
      if (this.gone) {
        reject(this.gone);
        return;
      }
      this.settle = (reply) => {
        this.settle = undefined;
        if (reply instanceof Error) reject(reply);
        else if ('error' in reply) reject(new Error(reply.error));
        else resolve(reply.milliseconds);
      };
      this.process.send(request);
    });
  }

  private end(why: Error): void {
    this.gone ??= why;
    this.settle?.(this.gone);
  }
}

/** The built script, found from the package's root: this code itself may sit in a bundled chunk or in the sources. */
function builtEntry(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) break;
    folder = above;
  }
  const entry = join(folder, 'out', 'main', 'timingProcess.js');
  if (!existsSync(entry)) throw new Error(`${entry} is missing: run "npm run build" first.`);
  return entry;
}
