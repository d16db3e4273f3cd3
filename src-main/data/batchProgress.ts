import type { JobContext } from '../shared/progress';
import type { BatchData, UpscaledFile } from '../shared/results';
import type { UpscaleTask } from './upscalePlan';

const silentMs = 1000;

/** Tells now and then that photos are being looked at; few are looked at before anybody could notice. */
export function tellLooking(onProgress: JobContext['onProgress']): (count: number, all: number) => void {
  let told = performance.now();
  return (count, all) => {
    if (performance.now() - told < silentMs) return;
    told = performance.now();
    const message = `${count} of ${all}`;
    onProgress({ event: 'progress', phase: 'looking at the photos', fraction: 0, message });
  };
}

/** Until the last file is written, the whole is not told to be done. */
const almost = 0.99;

/**
 * Tells what happens in a batch. How far it is counts megapixels, those of an earlier run too; the time left follows from
 * the pace of this run.
 */
export class BatchProgress {
  private readonly numbers: ReadonlyMap<UpscaleTask, number>;
  private readonly all: number;
  private readonly before: number;
  private open: number;
  /** Megapixels worked through in this run, and the part of each photo that is among them. */
  private worked = 0;
  private readonly parts = new Map<UpscaleTask, number>();
  private started = 0;
  private message?: string;

  constructor(
    tasks: readonly UpscaleTask[],
    private readonly onProgress: JobContext['onProgress'],
  ) {
    const sum = (some: readonly UpscaleTask[]) => some.reduce((mp, { megapixels }) => mp + megapixels, 0);
    const settled = tasks.filter((task) => task.settled);
    this.numbers = new Map(tasks.map((task, i) => [task, i]));
    this.all = sum(tasks);
    this.before = sum(settled);
    this.open = tasks.length - settled.length;
    const settledBefore = tasks.flatMap(({ settled }, file) => (settled ? [{ file, ...settled }] : []));
    this.tell({ settledBefore });
  }

  working(task: UpscaleTask): void {
    if (this.started === 0) this.started = performance.now();
    this.message = task.input;
    this.tell({ file: this.number(task), working: true });
  }

  /** The part of the photo, 0..1, that the network is through with. */
  part(task: UpscaleTask, part: number): void {
    this.worked += task.megapixels * (part - (this.parts.get(task) ?? 0));
    this.parts.set(task, part);
    this.tell({ file: this.number(task) });
  }

  settled(task: UpscaleTask, settled: UpscaledFile): void {
    this.worked += task.megapixels * (1 - (this.parts.get(task) ?? 0));
    this.parts.set(task, 1);
    this.open -= 1;
    this.tell({ file: this.number(task), settled });
  }

  /** A photo turned out to have ended otherwise than was told. */
  revised(task: UpscaleTask, settled: UpscaledFile): void {
    this.tell({ file: this.number(task), settled });
  }

  private number(task: UpscaleTask): number {
    return this.numbers.get(task)!;
  }

  private tell(what: Omit<BatchData, 'files'>): void {
    const { all, before, worked, open, message } = this;
    const seconds = (performance.now() - this.started) / 1000;
    this.onProgress({
      event: 'progress',
      phase: 'upscaling',
      fraction: open === 0 ? 1 : Math.min(almost, (before + worked) / all),
      ...(worked > 0 && { secondsLeft: (seconds / worked) * Math.max(0, all - before - worked) }),
      ...(message !== undefined && { message }),
      data: { files: this.numbers.size, ...what },
    });
  }
}
