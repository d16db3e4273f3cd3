import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { Journal } from '../data/journal';
import { ownFile, takeOver } from '../data/ownedFiles';
import { batchRequestSchema } from '../shared/api';
import type { Job } from '../shared/things';

/** A batch as it is kept over an end of the app: paths in place of tokens, which are of one run. */
const keptBatchSchema = z.object({
  name: z.string(),
  options: batchRequestSchema.omit({ photos: true, out: true }),
  photos: z.array(z.object({ path: z.string(), folder: z.string(), name: z.string() })),
  out: z.string(),
  device: z.string(),
  memory: z.number(),
});
export type KeptBatch = z.infer<typeof keptBatchSchema>;

/**
 * The batches that are not finished, each in a file of its own beside its journal, so that the next start of the app can
 * offer them again, however this one ends.
 */
export class UnfinishedBatches {
  private readonly jobs = new Map<string, KeptBatch>();
  /** Batches whose files are there. */
  private readonly kept = new Set<string>();

  constructor(private readonly folder: string) {}

  /** A new batch; it is kept once it is on the book. */
  create(batch: Omit<KeptBatch, 'name'>): KeptBatch {
    return { name: randomUUID(), ...batch };
  }

  journalOf({ name }: KeptBatch): string {
    return ownFile(this.folder, name, 'jsonl');
  }

  /** The batch is the job of that id. */
  keep(id: string, batch: KeptBatch): void {
    this.jobs.set(id, batch);
    if (this.kept.has(batch.name)) return;
    writeFileSync(this.fileOf(batch), JSON.stringify(batch));
    this.kept.add(batch.name);
  }

  /** A batch that is done or cancelled will not be offered; it will if it is gone on with after all. */
  follow({ id, state }: Job): void {
    const batch = this.jobs.get(id);
    if (!batch) return;
    if (state === 'done' || state === 'cancelled') {
      if (this.kept.delete(batch.name)) rmSync(this.fileOf(batch), { force: true });
      if (state === 'done') rmSync(this.journalOf(batch), { force: true });
    } else this.keep(id, batch);
  }

  /** The batches that runs of the app that are over left unfinished, as far as their photos are still there. */
  takeOver(): KeptBatch[] {
    const journals = new Set(takeOver(this.folder, 'jsonl', () => true));
    const batches = takeOver(this.folder, 'json', () => true).flatMap((path) => {
      const batch = read(path);
      if (batch?.photos.some((photo) => existsSync(photo.path))) return [batch];
      rmSync(path);
      return [];
    });
    for (const batch of batches) {
      this.kept.add(batch.name);
      if (!journals.delete(this.journalOf(batch))) continue;
      const journal = new Journal(this.journalOf(batch));
      journal.startAnew();
      journal.close();
    }
    for (const path of journals) rmSync(path);
    return batches;
  }

  private fileOf({ name }: KeptBatch): string {
    return ownFile(this.folder, name, 'json');
  }
}

function read(path: string): KeptBatch | undefined {
  try {
    return keptBatchSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
