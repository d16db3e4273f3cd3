import { lstatSync, statSync, type BigIntStats } from 'node:fs';
import { z } from 'zod';

/** By what a file is known again, and a change of it: bytes, and milliseconds since 1970 of its last change. */
export const stampSchema = z.object({ size: z.number(), modified: z.number() });
export type Stamp = z.infer<typeof stampSchema>;

/** The file that a path leads to; undefined where there is none. */
export const stampOfFile = (path: string): Stamp | undefined =>
  stampOf(() => statSync(path, { bigint: true }));

/** What has the name itself, be it a dangling link; undefined where it is free. */
export const stampOfName = (path: string): Stamp | undefined =>
  stampOf(() => lstatSync(path, { bigint: true }));

/** Some file systems round times down to two seconds once a file is no longer in memory. */
const coarsest = 2000;

/** Whether a file is as it was before. */
export function sameStamp(before: Stamp | undefined, now: Stamp | undefined): boolean {
  if (!before || !now) return before === now;
  const later = now.modified - before.modified;
  return before.size === now.size && later <= 0 && later > -coarsest;
}

function stampOf(look: () => BigIntStats): Stamp | undefined {
  try {
    const { size, mtimeNs } = look();
    return { size: Number(size), modified: Number(mtimeNs) / 1e6 };
  } catch {
    return undefined;
  }
}
