import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../base/errors';
import { isLeft } from '../image/temporary';
import type { Source } from '../shared/things';
import type { Host } from './host';

/**
 * Where files go that were dropped on the page: a private folder of this run, which is removed when it ends, or at the
 * first start at which no job is left that has still to go on with them.
 */
export class Inbox {
  private folder: Promise<string> | undefined;

  constructor(
    private readonly home: string,
    private readonly host: Pick<Host, 'tokens' | 'needs'>,
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
    return this.host.tokens.source(join(folder, top));
  }

  async clear(): Promise<void> {
    if (this.folder) await this.remove(await this.folder);
  }

  /** Removes what runs that are over have left. */
  async tidy(): Promise<void> {
    for (const name of await readdir(this.inboxes).catch(() => [])) {
      const folder = join(this.inboxes, name);
      if (isLeft(folder, Number(/^run-(\d+)-/.exec(name)?.[1]))) await this.remove(folder);
    }
  }

  private get inboxes(): string {
    return join(this.home, 'inbox');
  }

  private async create(): Promise<string> {
    await mkdir(this.inboxes, { recursive: true });
    return mkdtemp(join(this.inboxes, `run-${process.pid}-`));
  }

  private async remove(folder: string): Promise<void> {
    if (!this.host.needs(folder)) await rm(folder, { recursive: true, force: true });
  }
}

const isPlainName = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
