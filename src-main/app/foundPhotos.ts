import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { findPhotos } from '../data/photos';
import type { Photo } from '../shared/things';
import type { Tokens } from './tokens';
import type { KeptBatch } from './unfinished';

/** Photos that were found below a folder, by their tokens: where they lie is needed again when a batch starts. */
export class FoundPhotos {
  private readonly photos = new Map<string, Photo>();

  constructor(private readonly tokens: Tokens) {}

  /** The photos of files and folders, at any depth, each once. UserError where one of those is gone. */
  async find(sources: readonly string[]): Promise<Photo[]> {
    const paths = sources.map((token) => this.tokens.path(token));
    const found = await findPhotos(paths, new AbortController().signal, {});
    const photos = new Map<string, Photo>();
    for (const { path, relative } of found) {
      // One that leads nowhere is found on purpose: its row tells why it cannot be read.
      const real = await realpath(path).catch(() => path);
      const { size } = await stat(real).catch(() => ({ size: 0 }));
      const token = this.tokens.grant(real);
      const folder = dirname(relative) === '.' ? '' : dirname(relative);
      // A photo and the links to it are one.
      if (!photos.has(token)) photos.set(token, { token, name: basename(relative), folder, bytes: size });
    }
    for (const photo of photos.values()) this.photos.set(photo.token, photo);
    return [...photos.values()];
  }

  /** Those of a batch that an earlier run of the app has found. */
  remember({ photos }: KeptBatch): void {
    for (const { path, folder, name } of photos) {
      const token = this.tokens.grant(path);
      this.photos.set(token, { token, name, folder, bytes: 0 });
    }
  }

  /** A photo as a batch keeps it. UserError for a token that was never granted. */
  place(token: string): KeptBatch['photos'][number] {
    const path = this.tokens.path(token);
    const { name, folder } = this.photos.get(token) ?? { name: basename(path), folder: '' };
    return { path, folder, name };
  }
}
