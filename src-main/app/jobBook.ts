import { randomUUID } from 'node:crypto';
import { Cancelled, UserError } from '../base/errors';
import type { AppEvent } from '../shared/api';
import type { JobName } from '../shared/config';
import { failureOf } from '../shared/failure';
import type { Progress } from '../shared/progress';
import type { BatchFile, Job, JobWithLists, Point } from '../shared/things';
import { superviseJob, type EngineProcess } from '../supervisor';
import type { Log } from './log';

/** What a screen asked for, as a job of the engine. */
export interface Work {
  kind: Job['kind'];
  title: string;
  job: JobName;
  /** The engine's configuration; a resumed job is asked with it again. */
  config: Record<string, unknown>;
  /** Whether it goes on from its files, so that it can be paused. */
  resumable: boolean;
  tailor?: NonNullable<Job['tailor']>;
  batch?: NonNullable<Job['batch']>;
  files?: BatchFile[];
  /** Takes a progress event's figures in. */
  receive?: (data: Record<string, unknown>, entry: Entry) => void;
  /** How a failure is told to people: with names for paths that they have never seen. */
  retell?: (message: string) => string;
  /** The result for the screens: tokens for paths. */
  conclude?: (result: Record<string, unknown>) => Record<string, unknown>;
}

/** A job on the book; `changedFiles` are the indices of those that the screens have not been told of yet. */
export interface Entry {
  readonly work: Work;
  job: Job;
  readonly points: Point[];
  readonly files: BatchFile[];
  readonly changedFiles: Set<number>;
}

interface Running {
  abort: AbortController;
  /** What the job becomes once it has stopped. */
  wish: 'paused' | 'cancelled' | 'waiting';
  over: Promise<void>;
}

export interface JobBookOptions {
  startEngine: () => EngineProcess;
  tell: (event: AppEvent) => void;
  log: Log;
}

/** Screens are told of changes at most this often, in milliseconds: tiles are done much faster. */
const tellEvery = 100;

/** Whether it has come to its end. */
export const isOver = ({ state }: Job): boolean =>
  state === 'done' || state === 'failed' || state === 'cancelled';

/** All jobs since the app was started. They run one after the other: two would only slow each other down. */
export class JobBook {
  private readonly entries = new Map<string, Entry>();
  private readonly running = new Map<string, Running>();
  private readonly changed = new Set<Entry>();
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(private readonly options: JobBookOptions) {}

  /**
   * Puts the work on the book and starts it as soon as nothing else runs, unless it is `paused`: an earlier run of the app
   * ended before it did. Returns its id.
   */
  add(work: Work, state: 'waiting' | 'paused' = 'waiting'): string {
    const id = randomUUID();
    const { kind, title, tailor, batch, files = [] } = work;
    const job: Job = { id, kind, title, state, phase: '', fraction: 0 };
    if (tailor) job.tailor = tailor;
    if (batch) job.batch = batch;
    if (state === 'paused') job.interrupted = true;
    const entry: Entry = { work, job, points: [], files, changedFiles: new Set() };
    this.entries.set(id, entry);
    this.change(entry);
    this.startNext();
    // Whoever is given the id has been told of the job.
    this.flush();
    return id;
  }

  /** Newest first. */
  list(): Job[] {
    return [...this.entries.values()].map(({ job }) => job).reverse();
  }

  withLists(id: string): JobWithLists {
    const { job, points, files } = this.find(id);
    return { job, points, files };
  }

  async pause(id: string): Promise<void> {
    const { work } = this.find(id);
    if (!work.resumable) throw new UserError(`${work.title} cannot be paused, only cancelled.`);
    await this.stop(id, 'paused');
  }

  async cancel(id: string): Promise<void> {
    await this.stop(id, 'cancelled');
  }

  /**
   * Goes on with a job that has stopped or ended; `change` replaces parts of its configuration. One that runs is stopped
   * for that and goes on before those that wait, unless it comes to its end first.
   */
  async resume(id: string, change: Record<string, unknown> = {}): Promise<void> {
    const entry = this.find(id);
    const { state, tailor } = entry.job;
    const isStopped = isOver(entry.job) || state === 'paused';
    if (!isStopped && Object.keys(change).length === 0) return;
    // What was to begin anew has begun; what was to be finished may be wanted longer now.
    Object.assign(entry.work.config, { finish: false }, change, { restart: false });
    const { minutes } = change;
    if (tailor && typeof minutes === 'number') entry.job.tailor = { ...tailor, minutes };
    if (!isStopped) {
      await this.stop(id, 'waiting');
      return;
    }
    entry.job = afresh(entry.job);
    this.change(entry);
    this.startNext();
  }

  /** Ends a search with the best network so far; one that is over stays as it is. */
  async finish(id: string): Promise<void> {
    if (!isOver(this.find(id).job)) await this.resume(id, { finish: true });
  }

  forget(id: string): void {
    const { job, work } = this.find(id);
    if (!isOver(job) && job.state !== 'paused')
      throw new UserError(`Cancel ${work.title} before taking it off the list.`);
    this.entries.delete(id);
    this.options.tell({ event: 'forgotten', id });
  }

  /** Stops everything, and waits until no engine is left. What runs is not cancelled: a batch can be gone on with. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const running of this.running.values()) {
      running.wish = 'paused';
      running.abort.abort();
    }
    await Promise.all([...this.running.values()].map(({ over }) => over));
    this.flush();
  }

  private find(id: string): Entry {
    const entry = this.entries.get(id);
    if (!entry) throw new UserError('There is no such job any more: the app was started anew since.');
    return entry;
  }

  private async stop(id: string, wish: Running['wish']): Promise<void> {
    const entry = this.find(id);
    const running = this.running.get(id);
    if (running) {
      running.wish = wish;
      entry.job = { ...entry.job, state: 'pausing' };
      this.change(entry);
      running.abort.abort();
      await running.over;
    } else if (!isOver(entry.job)) {
      entry.job = { ...entry.job, state: wish };
      this.change(entry);
    }
  }

  /** Starts a job that waits: the `favoured` one if it does, else the first. */
  private startNext(favoured?: Entry): void {
    if (this.running.size > 0 || this.isClosed) return;
    const waiting = [...this.entries.values()].filter(({ job }) => job.state === 'waiting');
    const next = waiting.find((entry) => entry === favoured) ?? waiting[0];
    if (!next) return;
    const { id } = next.job;
    const running: Running = { abort: new AbortController(), wish: 'cancelled', over: Promise.resolve() };
    this.running.set(id, running);
    running.over = this.run(next, running).finally(() => {
      this.running.delete(id);
      this.startNext(next);
    });
  }

  private async run(entry: Entry, running: Running): Promise<void> {
    const { work } = entry;
    const { startEngine, log } = this.options;
    entry.job = { ...entry.job, state: 'running' };
    this.change(entry);
    log.add(`${work.kind} ${work.title}: started`);
    try {
      const result = await superviseJob(work.job, work.config, {
        start: startEngine,
        signal: running.abort.signal,
        onProgress: (progress) => {
          this.receive(entry, progress);
        },
      });
      entry.job = { ...entry.job, state: 'done', fraction: 1, result: work.conclude?.(result) ?? result };
    } catch (error) {
      const failure = failureOf(error);
      const message = work.retell?.(failure.message) ?? failure.message;
      entry.job =
        error instanceof Cancelled
          ? { ...(running.wish === 'waiting' ? afresh(entry.job) : entry.job), state: running.wish }
          : { ...entry.job, state: 'failed', failure: { ...failure, message } };
      if (failure.detail !== undefined) log.add(failure.detail);
    }
    delete entry.job.secondsLeft;
    log.add(`${work.kind} ${work.title}: ${entry.job.state} ${entry.job.failure?.message ?? ''}`);
    this.change(entry);
    this.flush();
  }

  private receive(entry: Entry, { phase, fraction, secondsLeft, message, data }: Progress): void {
    const { secondsLeft: _, ...job } = entry.job;
    entry.job = { ...job, phase, fraction: Math.max(job.fraction, fraction) };
    if (secondsLeft !== undefined) entry.job.secondsLeft = secondsLeft;
    if (message !== undefined) entry.job.message = message;
    if (phase === 'restarting' && message !== undefined) {
      entry.job.notice = message;
      this.options.log.add(message);
    }
    const known = entry.points.length;
    if (data) entry.work.receive?.(data, entry);
    for (const point of entry.points.slice(known)) this.options.tell({ event: 'point', id: job.id, point });
    this.change(entry);
  }

  private change(entry: Entry): void {
    this.changed.add(entry);
    this.timer ??= setTimeout(() => {
      this.flush();
    }, tellEvery);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const entry of this.changed) {
      const { job, files, changedFiles } = entry;
      this.options.tell({ event: 'job', job });
      if (changedFiles.size > 0) {
        const told = [...changedFiles].map((index) => ({ index, file: files[index]! }));
        this.options.tell({ event: 'files', id: job.id, files: told });
      }
      changedFiles.clear();
    }
    this.changed.clear();
  }
}

/** The job as it waits to go on: without what it told of its last run. */
function afresh(job: Job): Job {
  const { failure: _f, secondsLeft: _s, notice: _n, result: _r, interrupted: _i, ...kept } = job;
  return { ...kept, state: 'waiting', fraction: job.state === 'done' ? 0 : job.fraction };
}
