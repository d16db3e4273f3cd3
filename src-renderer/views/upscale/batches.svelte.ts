import type { BatchFile, Job } from '../../../src-main/shared/things';
import { app } from '../../state/app.svelte';
import { resultKey } from './photos.svelte';

/** Whether a job has come to an end. */
export const isOver = ({ state }: Job): boolean =>
  state === 'done' || state === 'failed' || state === 'cancelled';

/** How a photo fared, and under which key its result is known. */
export type Outcome = BatchFile & { result?: string };

/** The batches of this run of the app, and how each photo fared. */
export class Batches {
  /** Newest first. */
  readonly jobs = $derived([...app.jobs.values()].filter(({ kind }) => kind === 'upscale').reverse());
  /** The last one, running or over. */
  readonly current: Job | undefined = $derived(this.jobs[0]);
  readonly active = $derived(this.current !== undefined && !isOver(this.current));
  /** Which files of each batch have which photo. */
  private readonly places = new Map<string, ReadonlyMap<string, number>>();

  /** How a photo fared in the last batch that got to it; undefined where none has. */
  outcome(token: string): Outcome | undefined {
    for (const job of this.jobs) {
      const { files } = app.listsOf(job.id);
      const index = this.placesOf(job, files).get(token);
      const file = index === undefined ? undefined : files[index];
      if (!file) continue;
      if (file.status !== 'waiting' && file.status !== 'working')
        return file.output === undefined ? file : { ...file, result: resultKey(file.output, job.id) };
      // A batch that was stopped never got to it.
      if (!isOver(job)) return job.state === 'paused' ? { ...file, status: 'waiting' } : file;
    }
    return undefined;
  }

  /** Whether a photo belongs to the batch that is under way. */
  isTaken(token: string): boolean {
    const job = this.active ? this.current : undefined;
    return job !== undefined && this.placesOf(job, app.listsOf(job.id).files).has(token);
  }

  private placesOf({ id }: Job, files: readonly BatchFile[]): ReadonlyMap<string, number> {
    const known = this.places.get(id);
    if (known?.size === files.length) return known;
    const places = new Map(files.map(({ input }, index) => [input, index]));
    this.places.set(id, places);
    return places;
  }
}

export const batches = new Batches();
