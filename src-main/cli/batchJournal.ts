import { createHash } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Journal } from '../data/journal';
import { ownFile, takeOver } from '../data/ownedFiles';
import { removeLeftovers } from '../image/temporary';
import { homePath } from '../model/library';
import type { UpscaleConfig } from '../shared/config';

/** Nobody goes on with a batch that was left for 60 days. */
const keptFor = 60 * 24 * 3600 * 1000;

/**
 * Runs a batch with a journal that outlives the command: one that was killed or cancelled goes on from it when it is given
 * again with the same photos, folder and options. A batch that has ended leaves none. UserError where it cannot be kept.
 */
export async function withJournal<T>(config: UpscaleConfig, run: (path: string) => Promise<T>): Promise<T> {
  const folder = homePath('journals');
  const key = keyOf(config);
  for (const path of takeOver(folder, 'jsonl', (name, left) => name !== key && isOld(left))) rmSync(path);
  const [left] = takeOver(folder, 'jsonl', (name) => name === key);
  const path = left ?? ownFile(folder, key, 'jsonl');
  let isOver = false;
  const journal = new Journal(path);
  try {
    journal.startAnew();
    const result = await run(path);
    isOver = true;
    return result;
  } finally {
    journal.close();
    const after = new Journal(path);
    await after.tidy();
    await removeLeftovers(config.out);
    after.close();
    if (isOver || after.isEmpty) rmSync(path, { force: true });
    // Of the same command killed while it ran twice there were two.
    if (isOver) for (const other of takeOver(folder, 'jsonl', (name) => name === key)) rmSync(other);
  }
}

const isOld = (path: string): boolean => statSync(path).mtimeMs < Date.now() - keptFor;

/** The same for the same results: all that is asked for, but not how. */
function keyOf({ inputs, out, memory: _, device: _device, ...options }: UpscaleConfig): string {
  const places = inputs.map((input) => (typeof input === 'string' ? resolve(input) : input));
  const asked = JSON.stringify({ ...options, inputs: places, out: resolve(out) });
  return createHash('sha256').update(asked).digest('hex').slice(0, 32);
}
