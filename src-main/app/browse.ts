import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, isAbsolute } from 'node:path';
import { UserError } from '../base/errors';
import type { Gives, Takes } from '../shared/api';
import { isPhotoName } from '../shared/photoNames';
import type { Tokens } from './tokens';

const names = {
  photos: isPhotoName,
  model: (name: string) => /\.onnx$/i.test(name),
  folder: () => false,
} as const;

/** Folders and files to choose from in a browser, never above `root`. Hidden ones are left out, like in any file dialog. */
export async function browse(
  { folder, what }: Takes<'browse'>,
  root: string,
  tokens: Tokens,
): Promise<Gives<'browse'>> {
  const top = await realpath(root);
  const here = folder === undefined ? top : tokens.path(folder);
  if (!isWithin(here, top))
    throw new UserError(`${here} lies outside of ${top}. Start the app with another --root.`);
  const entries = await readdir(here, { withFileTypes: true }).catch((cause: unknown) => {
    throw new UserError(`${here} cannot be read. Choose another folder.`, { cause });
  });
  // Names that lead to the same place by links are one.
  const folders = new Set<string>();
  const files = new Set<string>();
  for (const { name } of entries.toSorted((a, b) =>
    a.name.localeCompare(b.name, undefined, { numeric: true }),
  )) {
    if (name.startsWith('.')) continue;
    const path = await realpath(join(here, name)).catch(() => undefined);
    if (path === undefined || !isWithin(path, top)) continue;
    const entry = await stat(path);
    if (entry.isDirectory()) folders.add(path);
    else if (entry.isFile() && names[what](name)) files.add(path);
  }
  return {
    here: tokens.source(here),
    above: here === top ? null : tokens.source(dirname(here)),
    folders: [...folders].map((path) => tokens.source(path)),
    files: [...files].map((path) => tokens.source(path)),
  };
}

/** Whether a real path lies in a folder or is it. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}
