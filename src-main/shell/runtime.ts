import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Electron's executable, if it is there: npm installs only the small package that fetches it. */
export function findRuntime(electronPackage: string): string | undefined {
  const pathFile = join(electronPackage, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  const executable = join(electronPackage, 'dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(executable) ? executable : undefined;
}

/** Has the package fetch its executable; undefined where it cannot, or not within so many milliseconds. */
export async function fetchRuntime(electronPackage: string, timeout: number): Promise<string | undefined> {
  try {
    const options = { timeout, killSignal: 'SIGKILL' } as const;
    await promisify(execFile)(process.execPath, [join(electronPackage, 'install.js')], options);
  } catch {
    return undefined;
  }
  return findRuntime(electronPackage);
}
