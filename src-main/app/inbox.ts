import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../base/errors';
import type { Source } from '../shared/things';
import type { Tokens } from './tokens';

/** Where files go that were dropped on the page: a private folder of this run, emptied when it ends. */
export class Inbox {
  private folder: Promise<string> | undefined;

  constructor(
    private readonly home: string,
    private readonly tokens: Tokens,
  ) {}

  /**
   * Stores one file of a drop; `parts` is its way from the drop: a file by itself or folders and a file.
   * @returns what was dropped: the file itself, or the outermost folder that it lies in.
   */
  async receive(drop: string, parts: readonly string[], content: Readable): Promise<Source> {
    const top = parts[0];
    if (top === undefined || ![drop, ...parts].every(isPlainName))
      throw new UserError('A dropped file has a name that cannot be stored.');
    const folder = join(await (this.folder ??= this.create()), drop);
    const path = join(folder, ...parts);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(content, createWriteStream(path, { flags: 'wx' }));
    return this.tokens.source(join(folder, top));
  }

  async clear(): Promise<void> {
    if (this.folder) await rm(await this.folder, { recursive: true, force: true });
  }

  private async create(): Promise<string> {
    const inboxes = join(this.home, 'inbox');
    await mkdir(inboxes, { recursive: true });
    return mkdtemp(join(inboxes, 'run-'));
  }
}

const isPlainName = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
