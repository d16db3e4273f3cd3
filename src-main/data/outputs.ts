import { lstat, mkdir, open, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { explainWriteError } from '../image/placeFile';
import { temporaryBeside } from '../image/temporary';
import type { InputFormat } from '../image/metadata';
import type { PhotoFormat } from '../shared/formats';
import { messageOf, UserError } from '../base/errors';

const extensions: Record<PhotoFormat, string[]> = {
  jpeg: ['.jpg', '.jpeg'],
  png: ['.png'],
  webp: ['.webp'],
  avif: ['.avif'],
  tiff: ['.tif', '.tiff'],
};

/** The format that a file's name stands for. */
export function formatOfName(path: string): PhotoFormat | undefined {
  const extension = extname(path).toLowerCase();
  return (Object.keys(extensions) as PhotoFormat[]).find((format) => extensions[format].includes(extension));
}

/** What a photo is written as where nothing else is asked for: what it is, or the nearest that we can write. */
export function sameFormat(format: InputFormat): { format: PhotoFormat; note?: string } {
  if (format !== 'heic' && format !== 'gif') return { format };
  const instead = format === 'heic' ? 'jpeg' : 'png';
  return {
    format: instead,
    note: `${format.toUpperCase()} cannot be written: it became ${instead.toUpperCase()}`,
  };
}

/** A file's name without folder and extension. */
export const stemOf = (path: string): string => basename(path, extname(path));

/**
 * Output paths below `out`, one per input in the same order: the relative path with the format's extension (kept as
 * written where it already is one), under another `name` where one is given. Where two would meet, the later gets ` (2)`.
 */
export function planOutputs(
  inputs: readonly { relative: string; format: PhotoFormat; name?: string }[],
  out: string,
  { caseSensitive }: { caseSensitive: boolean },
): string[] {
  const taken = new Set<string>();
  return inputs.map(({ relative, format, name = stemOf(relative) }) => {
    const own = extname(relative);
    const extension = extensions[format].includes(own.toLowerCase()) ? own : extensions[format][0]!;
    for (let n = 1; ; n++) {
      const path = join(out, dirname(relative), fitted(name, n === 1 ? extension : ` (${n})${extension}`));
      // macOS writes accents in either of two ways and takes both for one name.
      const key = caseSensitive ? path.normalize('NFC') : path.normalize('NFC').toLowerCase();
      if (taken.has(key)) continue;
      taken.add(key);
      return path;
    }
  });
}

/** The most bytes that a name may have on the common file systems. */
const longestName = 255;

/** A name with its ending, the name shortened by whole characters where both would be too long. */
function fitted(name: string, ending: string): string {
  const room = longestName - Buffer.byteLength(ending);
  if (Buffer.byteLength(name) <= room) return name + ending;
  let fits = '';
  for (const character of name) {
    if (Buffer.byteLength(fits + character) > room) break;
    fits += character;
  }
  return fits + ending;
}

/**
 * Makes the output folder and tries to write there, before any work is done.
 * @returns whether the folder's file system tells upper and lower case apart. UserError where it cannot be written.
 */
export async function openOutputFolder(out: string): Promise<{ caseSensitive: boolean }> {
  const isFile = await stat(out)
    .then((entry) => !entry.isDirectory())
    .catch(() => false);
  if (isFile) throw new UserError(`${out} is a file. Choose a folder for the results.`);
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw new UserError(
      `${out} cannot be made (${messageOf(error)}). Choose another folder or change the permissions above it.`,
    );
  });
  const probe = temporaryBeside(join(out, 'probe'));
  try {
    await (await open(probe, 'wx')).close();
    const folded = await stat(probe.replace('.probe.', '.PROBE.')).catch(() => undefined);
    return { caseSensitive: folded === undefined };
  } catch (error) {
    throw explainWriteError(probe, error);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/**
 * Makes the folder of a result below the output folder. That one was there when the batch was planned: a disk that was
 * pulled out since must not be replaced by a folder of its name. UserError where it is gone or cannot be written.
 */
export async function makeFolderFor(output: string, out: string): Promise<void> {
  try {
    await stat(out);
  } catch {
    throw new UserError(`${out} is gone since the batch began. Bring the disk or folder back and try again.`);
  }
  await mkdir(dirname(output), { recursive: true }).catch((error: unknown) => {
    throw explainWriteError(output, error);
  });
}

/** Which files must not be replaced: recognised by what they are on the disk, whatever name or link leads there. */
export class ProtectedFiles {
  private readonly ids = new Set<string>();

  async add(path: string): Promise<void> {
    for (const id of await identities(path)) this.ids.add(id);
  }

  async has(path: string): Promise<boolean> {
    return (await identities(path)).some((id) => this.ids.has(id));
  }
}

/** The file that a path names and the file that it leads to. */
async function identities(path: string): Promise<string[]> {
  const entries = await Promise.all(
    [lstat, stat].map((look) => look(path, { bigint: true }).catch(() => undefined)),
  );
  return entries.flatMap((entry) => (entry ? [`${entry.dev}:${entry.ino}`] : []));
}

/** Whether something has the name already, be it only a dangling link. */
export async function nameIsTaken(path: string): Promise<boolean> {
  return (await identities(path)).length > 0;
}
