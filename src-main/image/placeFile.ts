import { existsSync } from 'node:fs';
import { link, open, rename, rm, statfs, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, UserError } from '../base/errors';
import { temporaryBeside } from './temporary';

export interface PlaceOptions {
  /** Replace a file that is there already; otherwise that is an error and the file stays as it is. */
  overwrite: boolean;
  /** Looks at the temporary file, and may finish it, before it gets its name; throws where it is not right. */
  verify?(temporary: string): Promise<void>;
}

/**
 * Writes a whole file or none: to a hidden sibling, checked, synced to the disk, then renamed. A file that appears under
 * the name meanwhile is never replaced unless `overwrite` says so. Nothing is left behind on failure. `content` is what
 * the file holds, or a function that writes it to the path of the sibling.
 * UserError where the disk is full, the folder cannot be written, or the name is taken.
 */
export async function placeFile(
  path: string,
  content: Uint8Array | ((temporary: string) => Promise<void>),
  options: PlaceOptions,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await writeFile(temporary, typeof content === 'function' ? '' : content, { flag: 'wx' });
    if (typeof content === 'function') await content(temporary);
    await options.verify?.(temporary);
    await sync(temporary, 'r+');
    if (options.overwrite) await rename(temporary, path);
    else await renameToFree(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    // Encoders say in their own words, and all at length, that the folder went away.
    throw explainWriteError(
      path,
      existsSync(dirname(path)) ? error : Object.assign(new Error(), { code: 'ENOENT' }),
    );
  }
}

async function sync(path: string, flags: string): Promise<void> {
  const opened = await open(path, flags);
  await opened.sync().finally(() => opened.close());
}

/** A new name outlives a power cut only once its folder is on the disk too; not every system can be asked for that. */
const syncFolder = (folder: string): Promise<void> => sync(folder, 'r').catch(() => undefined);

/** Renames without replacing: a plain rename would, and checking first leaves a gap for another program. */
async function renameToFree(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    // File systems without hard links (FAT, some network drives): claim the name with an empty file, then replace that.
    await (await open(path, 'wx')).close();
    await rename(temporary, path).catch(async (failure: unknown) => {
      await unlink(path);
      throw failure;
    });
    return;
  }
  await unlink(temporary);
}

/** Something has the name already, and it stays. */
export class NameTaken extends UserError {}

/** Turns a file system error of writing `path` into a sentence with the way out; other errors pass. */
export function explainWriteError(path: string, error: unknown): Error {
  const folder = dirname(path);
  switch (codeOf(error)) {
    case 'EEXIST':
      return new NameTaken(`${path} exists already. Choose another folder or allow overwriting.`);
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError(`The disk is full: ${path} could not be written. Free some space and try again.`);
    case 'EFBIG':
      return new UserError(`The disk or your limits allow no file as large as ${path}. Choose another disk.`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError(
        `${folder} cannot be written to. Choose another folder or change its permissions.`,
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError(`${folder} is not a folder. Choose a folder that exists.`);
    case 'ENAMETOOLONG':
      return new UserError(`The name of ${path} is too long for this disk. Choose a shorter one.`);
    case undefined:
      return error instanceof Error ? error : new Error(messageOf(error));
    default:
      return new UserError(`${path} could not be written: ${messageOf(error)}`);
  }
}

/**
 * The error of an encoder that wrote to `path`, with the code that the system gave: encoders only tell it in the system's
 * words.
 */
export async function encodeError(path: string, error: unknown): Promise<Error> {
  const { bavail } = await statfs(dirname(path)).catch(() => ({ bavail: Infinity }));
  const message = messageOf(error);
  const isFull = bavail < fullBlocks || /no space left/i.test(message);
  const code = /file too large/i.test(message) ? 'EFBIG' : isFull ? 'ENOSPC' : undefined;
  return code === undefined ? new Error(message, { cause: error }) : Object.assign(new Error(code), { code });
}

/** A disk with fewer free blocks is full: the last few may not be given to us. */
const fullBlocks = 64;

/** The system's code of a file error, like ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
