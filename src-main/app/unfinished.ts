import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Journal } from '../data/journal';
import { ownFile, takeOver } from '../data/ownedFiles';
import { batchRequestSchema } from '../shared/api';
import { configSchemas } from '../shared/config';
import type { Job } from '../shared/things';
import { isWithin } from './browse';
import { isOver } from './jobBook';
import { realPathOf } from './tokens';

/** A batch as it is kept over an end of the app: paths in place of tokens, which are of one run. */
export const keptBatchSchema = z.object({
  name: z.string(),
  options: batchRequestSchema.omit({ photos: true, out: true }),
  photos: z.array(z.object({ path: z.string(), folder: z.string(), name: z.string() })),
  out: z.string(),
  device: z.string(),
  memory: z.number(),
});
export type KeptBatch = z.infer<typeof keptBatchSchema>;

/** A search: the engine's own configuration, which changes as it is given more minutes. */
export const keptSearchSchema = z.object({
  name: z.string(),
  config: configSchemas.search
    .pick({ photos: true, scale: true, budget: true, minutes: true, fromScratch: true, device: true })
    .extend({ name: z.string() }),
});
export type KeptSearch = z.infer<typeof keptSearchSchema>;

/**
 * The jobs of a kind that are not finished, each in a file of its own, perhaps beside its journal, so that the next start
 * of the app can offer them again, however this one ends.
 */
export class Unfinished<Kept extends { name: string }> {
  /** By the job's id, with the state that it was last seen in. */
  private readonly jobs = new Map<string, { kept: Kept; state?: Job['state'] }>();
  /** What stands in the files that are there, by name. */
  private readonly written = new Map<string, string>();

  constructor(
    private readonly folder: string,
    private readonly schema: z.ZodType<Kept>,
    /** Paths of the photos and folders that it needs. */
    private readonly photosOf: (kept: Kept) => string[],
  ) {}

  journalOf({ name }: Kept): string {
    return ownFile(this.folder, name, 'jsonl');
  }

  /** Keeps what becomes the job that `add` puts on the book, and returns its id. Where it cannot be kept, none is begun. */
  keep(kept: Kept, add: () => string): string {
    this.write(kept);
    const id = add();
    this.jobs.set(id, { kept });
    return id;
  }

  /** A job that is over will not be offered; it will if it is gone on with after all. */
  follow(job: Job): void {
    const known = this.jobs.get(job.id);
    if (!known || known.state === job.state) return;
    known.state = job.state;
    const { kept } = known;
    if (!isOver(job)) {
      this.write(kept);
      return;
    }
    if (this.written.delete(kept.name)) rmSync(this.fileOf(kept), { force: true });
    if (job.state === 'done') rmSync(this.journalOf(kept), { force: true });
  }

  /** The jobs that runs of the app that are over left unfinished, as far as their photos are still there. */
  takeOver(): Kept[] {
    const journals = new Set(takeOver(this.folder, 'jsonl', () => true));
    const jobs = takeOver(this.folder, 'json', () => true).flatMap((path) => {
      const kept = this.read(path);
      if (kept && this.photosOf(kept).some((photo) => existsSync(photo))) return [kept];
      rmSync(path);
      return [];
    });
    for (const kept of jobs) {
      this.written.set(kept.name, JSON.stringify(kept));
      if (!journals.delete(this.journalOf(kept))) continue;
      const journal = new Journal(this.journalOf(kept));
      journal.startAnew();
      journal.close();
    }
    for (const path of journals) rmSync(path);
    return jobs;
  }

  /** Whether a kept job, of whichever run of the app, has photos below the folder. */
  needs(folder: string): boolean {
    const files = existsSync(this.folder) ? readdirSync(this.folder) : [];
    const kept = files
      .filter((file) => file.endsWith('.json'))
      .map((file) => this.read(join(this.folder, file)));
    return kept.some((one) => one && this.photosOf(one).some((path) => isWithin(path, realPathOf(folder))));
  }

  private write(kept: Kept): void {
    const text = JSON.stringify(kept);
    if (this.written.get(kept.name) === text) return;
    writeFileSync(this.fileOf(kept), text);
    this.written.set(kept.name, text);
  }

  private read(path: string): Kept | undefined {
    try {
      return this.schema.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch {
      return undefined;
    }
  }

  private fileOf({ name }: Kept): string {
    return ownFile(this.folder, name, 'json');
  }
}
