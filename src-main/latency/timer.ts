import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Cancelled, DeviceFailed, throwIfCancelled } from '../base/errors';
import type { Gpu } from '../runtime/gpus';
import type { Provider, SessionOptions, Tensor } from '../runtime/session';
import { startTiming, type TimingProcess } from './timingLine';

/** What a timing process does, one thing at a time, and what comes of it. */
export interface TimingWork {
  /** Takes the place of what was loaded before; noise of the size `dims` will be fed to its one input. */
  load: { asks: { model: Uint8Array; dims: readonly number[]; options: SessionOptions }; gives: undefined };
  /** Loads with its own feeds and runs once. */
  run: {
    asks: { model: Uint8Array; feeds: Readonly<Record<string, Tensor>>; options: SessionOptions };
    gives: Record<string, Tensor>;
  };
  /** Runs what was loaded last `atLeast` so many milliseconds and twice, then `rest`s until it is quiet. */
  time: { asks: { atLeast: number; rest: boolean }; gives: number[] };
  /** Nothing: that it answers says that it is up. */
  wait: { asks: object; gives: undefined };
  /** The GPU of the WebGPU provider. */
  gpu: { asks: object; gives: Gpu | undefined };
}

type WorkName = keyof TimingWork;
export type Asks<Name extends WorkName> = TimingWork[Name]['asks'];
export type Gives<Name extends WorkName> = TimingWork[Name]['gives'];

export type TimingRequest = { [Name in WorkName]: { type: Name } & Asks<Name> }[WorkName];
export type TimingReply = { value: Gives<WorkName> } | { error: string };

export interface TimerOptions {
  signal: AbortSignal;
  /** What networks are timed on (default: the CPU). */
  provider?: Provider;
  /** The timing process's script; default: the one of the built program. */
  entry?: string;
}

/** Seconds until a GPU that does not answer is given up. */
const patience = 120;

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
      timer.end(timer.fault(`its process ended unexpectedly (${why})`));
    });
    return timer;
  }

  /** Takes the place of what was loaded before. The network has one input, of the given size. */
  async load(model: Uint8Array, dims: readonly number[], options: SessionOptions = {}): Promise<void> {
    await this.ask('load', { model, dims, options: { ...options, provider: this.provider } });
  }

  /** Takes the place of what was loaded before, runs once and resolves to the results. */
  run(
    model: Uint8Array,
    feeds: Readonly<Record<string, Tensor>>,
    options: SessionOptions = {},
  ): Promise<Record<string, Tensor>> {
    return this.ask('run', { model, feeds, options: { ...options, provider: this.provider } });
  }

  /**
   * Milliseconds of each of at least two runs that together take `atLeast` milliseconds, after one that is not counted.
   * On return the process is quiet again, unless it need not `rest` since it goes on itself.
   */
  time(atLeast: number, { rest = true } = {}): Promise<number[]> {
    return this.ask('time', { atLeast, rest });
  }

  /** Resolves once the process is up. */
  async wait(): Promise<void> {
    await this.ask('wait', {});
  }

  /** The GPU of the WebGPU provider; undefined where there is none or nothing is known of it. */
  gpu(): Promise<Gpu | undefined> {
    return this.ask('gpu', {});
  }

  stop(): void {
    this.process.kill();
  }

  private ask<Name extends WorkName>(type: Name, asks: Asks<Name>): Promise<Gives<Name>> {
    return new Promise((resolve, reject) => {
      if (this.gone) {
        reject(this.gone);
        return;
      }
      // Nobody waits for ever for a GPU; a processor may be busy with other things.
      const clock =
        this.provider === 'cpu'
          ? undefined
          : setTimeout(() => {
              this.end(this.fault(`it did not answer within ${patience} seconds`));
              this.stop();
            }, patience * 1000);
      this.settle = (reply) => {
        this.settle = undefined;
        clearTimeout(clock);
        if (reply instanceof Error) reject(reply);
        else if ('error' in reply) reject(this.fault(reply.error));
        else resolve(reply.value);
      };
      this.process.send({ type, ...asks });
    });
  }

  /** What goes wrong on a GPU is the GPU's fault. */
  private fault(message: string): Error {
    return this.provider === 'cpu' ? new Error(message) : new DeviceFailed(message);
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
