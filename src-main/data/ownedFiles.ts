import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, explainWriteError } from '../image/placeFile';
import { isLeft } from '../image/temporary';

// Files that the process of a number works with are called NAME.PID.EXT; another process leaves them alone while that runs.

/** The path of this process' file of that name. UserError where the folder, which is made first, cannot be written. */
export function ownFile(folder: string, name: string, extension: string): string {
  const path = join(folder, `${name}.${process.pid}.${extension}`);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw explainWriteError(path, error);
  }
  return path;
}

/**
 * Takes files over whose processes are gone, by a rename, which only one of many processes can win. `wanted` tells by name
 * and path which ones. Returns their paths now; files of the same name are taken over one at a time.
 */
export function takeOver(
  folder: string,
  extension: string,
  wanted: (name: string, path: string) => boolean,
): string[] {
  const taken = new Set<string>();
  for (const file of list(folder)) {
    const [, name, pid] = new RegExp(String.raw`^(.+)\.(\d+)\.${extension}$`).exec(file) ?? [];
    const left = join(folder, file);
    if (name === undefined || !isLeft(left, Number(pid)) || !wanted(name, left)) continue;
    const path = ownFile(folder, name, extension);
    if (taken.has(path)) continue;
    try {
      renameSync(left, path);
      taken.add(path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw explainWriteError(path, error);
    }
  }
  return [...taken];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
