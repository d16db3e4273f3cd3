import { randomBytes } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../base/errors';
import type { Source } from '../shared/things';

/**
 * Tokens of files and folders: the screens name what the user has chosen by them and never see a path to read. A token
 * is granted for the real path, links followed, and stands for it as long as the app runs.
 */
export class Tokens {
  private readonly paths = new Map<string, string>();
  private readonly tokens = new Map<string, string>();

  /** The token of a path, which need not exist yet: the result of a photo has one before it is there. */
  grant(path: string): string {
    const known = this.tokens.get(path);
    if (known !== undefined) return known;
    const token = randomBytes(16).toString('base64url');
    this.paths.set(token, path);
    this.tokens.set(path, token);
    return token;
  }

  /** A file or folder as the screens show it. UserError where it is gone. */
  source(path: string): Source {
    try {
      const real = realpathSync(path);
      return {
        token: this.grant(real),
        kind: statSync(real).isDirectory() ? 'folder' : 'file',
        name: basename(real) || real,
        place: dirname(real),
      };
    } catch (cause) {
      throw new UserError(`${path} is not there any more. Choose it again.`, { cause });
    }
  }

  /** UserError for a token that was never granted: another start of the app knew it. */
  path(token: string): string {
    const path = this.paths.get(token);
    if (path === undefined) throw new UserError('The app was started anew since: choose the files again.');
    return path;
  }

  /** The path of a file to read: refused where a link has been put in its place since. */
  readable(token: string): string {
    const path = this.path(token);
    const real = this.source(path);
    if (real.token !== token)
      throw new UserError(`${path} has become a link to another file. Choose it again.`);
    return path;
  }
}

/** The real path, links followed, of what need not be there yet. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPathOf(folder), basename(path));
  }
}
