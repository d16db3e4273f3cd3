import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { uptime } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Names of temporary files end in the number of the process that writes them and a random part; exiftool adds to that, and libvips needs an ending. */
const temporaryName = /^\..*\.(\d+)-[0-9a-f]{12}\.tmp(?:_exiftool_tmp|\.v)?$/s;

/** A name for a hidden sibling of `path`, short enough for a file system's 255 bytes, that no other process uses. */
export function temporaryBeside(path: string): string {
  // Line breaks, which names may hold, would be taken for the end of the name by tools that read lists.
  const start = Array.from(basename(path))
    .slice(0, 40)
    .join('')
    .replace(/\p{Cc}/gu, '_');
  return join(dirname(path), `.${start}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
}

/** Removes the temporary files in a folder whose processes are gone; called before this process writes its own there. */
export async function removeLeftovers(folder: string): Promise<void> {
  // In a folder that is gone or closed to us nothing can be removed.
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = temporaryName.exec(name)?.[1];
    const path = join(folder, name);
    if (pid !== undefined && isLeft(path, Number(pid)))
      await rm(path, { force: true }).catch(() => undefined);
  }
}

/**
 * Whether the process that made a file is gone. Numbers of processes are given out again: a file that is older than the
 * machine's last start, or that bears this process' own number before it wrote anything, is of a process that is gone.
 */
export function isLeft(path: string, pid: number): boolean {
  const made = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return pid === process.pid || made < Date.now() - 1000 * uptime() || !isRunning(pid);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // A process of another user may not be signalled, but is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A process that was killed, but that nobody has asked for its exit status yet, still takes signals. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
