import { LineCut } from '../../../src-main/shared/rpc';
import {
  keptListSchema,
  type BatchFile,
  type KeptList,
  type Photo,
  type PhotoHead,
  type Source,
} from '../../../src-main/shared/things';
import { app } from '../../state/app.svelte';
import { failureText } from '../../state/failures';

const mostAtOnce = 200;
const storeKey = 'upscale';

/** The photos on the list. It outlives a change of the screen and, as tokens, a reload of the page. */
export class Photos {
  list = $state.raw<readonly Photo[]>([]);
  /** How many folders and drops are being looked through. */
  looking = $state(0);
  /**
   * What is known of each photo, by token, and of results that were asked for, by {@link resultKey}; read in the background.
   */
  heads = $state.raw<ReadonlyMap<string, PhotoHead>>(new Map());

  /** The rows in sight: their sizes are read first. */
  private inSight: [from: number, to: number] = [0, 0];
  /** Batches whose photos have been taken over; what was removed since must not come back. */
  private adopted = new Set<string>();
  /** Results, by key, whose sizes somebody wants to know. */
  private readonly wanted = new Set<string>();
  private reader = 0;
  private storing: ReturnType<typeof setTimeout> | undefined;

  /** Takes up what the same run of the app had before the page was loaded anew; reads on after the line was cut. */
  restore(): void {
    const stored = this.list.length > 0 ? undefined : readStore();
    if (stored && stored.run === runOfApp()) {
      this.adopted = new Set(stored.adopted);
      this.list = stored.photos;
    }
    void this.readHeads();
  }

  /** Adds photos and those below folders, each once. Returns how many are new. */
  async add(sources: readonly Source[]): Promise<number> {
    if (sources.length === 0) return 0;
    this.looking += 1;
    try {
      const found = await app.api.findPhotos({ sources: sources.map(({ token }) => token) });
      await nextTask();
      return this.append(found);
    } finally {
      this.looking -= 1;
    }
  }

  /** Takes over the photos of a batch that this page did not start. */
  adopt(id: string, files: readonly BatchFile[]): void {
    if (this.adopted.has(id)) return;
    this.adopted.add(id);
    this.append(files.map(({ name, input }) => ({ token: input, name, folder: '', bytes: 0 })));
  }

  remove(tokens: ReadonlySet<string>): void {
    this.list = this.list.filter(({ token }) => !tokens.has(token));
    this.store();
  }

  /** Which rows are in sight. */
  show(from: number, to: number): void {
    this.inSight = [from, to];
  }

  /** Has the size of a result read. */
  want(key: string): void {
    if (this.heads.has(key) || this.wanted.has(key)) return;
    this.wanted.add(key);
    void this.readHeads();
  }

  private append(found: readonly Photo[]): number {
    const known = new Set(this.list.map(({ token }) => token));
    const fresh = found.filter(({ token }) => !known.has(token));
    this.list = [...this.list, ...fresh];
    this.store();
    void this.readHeads();
    return fresh.length;
  }

  /** A later call takes over from an earlier one. */
  private async readHeads(): Promise<void> {
    const turn = ++this.reader;
    /** The engine may have died of one of these: each is asked for by itself. */
    const suspects: string[] = [];
    for (;;) {
      const suspect = suspects.shift();
      const keys = suspect === undefined ? this.nextToRead() : [suspect];
      if (keys.length === 0) return;
      const answer = await lookAt(keys);
      // On a line that was cut nothing is known; `restore` reads on.
      if (turn !== this.reader || answer === undefined) return;
      if ('heads' in answer) this.know(keys, answer.heads);
      else if (keys.length === 1) this.know(keys, [answer]);
      else suspects.push(...keys);
    }
  }

  private know(keys: readonly string[], heads: readonly PhotoHead[]): void {
    this.heads = new Map([...this.heads, ...keys.map((key, i) => [key, heads[i]!] as const)]);
  }

  private nextToRead(): string[] {
    const unread = ({ token }: Photo): boolean => !this.heads.has(token);
    const inSight = this.list.slice(...this.inSight).filter(unread);
    const results = [...this.wanted].filter((key) => !this.heads.has(key));
    const first = [...results, ...inSight.map(({ token }) => token)];
    const next = first.length > 0 ? first : this.list.filter(unread).map(({ token }) => token);
    return next.slice(0, mostAtOnce);
  }

  private store(): void {
    clearTimeout(this.storing);
    this.storing = setTimeout(() => {
      this.storeNow();
    });
  }

  private storeNow(): void {
    const kept = { run: runOfApp(), photos: this.list, adopted: [...this.adopted] };
    try {
      sessionStorage.setItem(storeKey, JSON.stringify(kept));
    } catch {
      // Too many photos for the browser's store: a reload begins with those of the last batch.
      sessionStorage.removeItem(storeKey);
    }
  }
}

/** Another batch may write another picture in the place of a result. It begins with the token. */
export const resultKey = (output: string, batch: string): string => `${output} ${batch}`;

/** The heads of photos and results, why they cannot be had, or undefined where the line was cut. */
async function lookAt(
  keys: readonly string[],
): Promise<{ heads: PhotoHead[] } | { reason: string } | undefined> {
  try {
    return { heads: await app.api.lookAt({ photos: keys.map((key) => key.split(' ')[0]!) }) };
  } catch (error) {
    return error instanceof LineCut ? undefined : { reason: failureText(error) };
  }
}

/** Lets the page draw between two long pieces of work on thousands of photos. */
const nextTask = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve));

/** Tokens are of one run of the app only, and so is that of the usual output folder. */
const runOfApp = (): string => app.about?.out.token ?? '';

function readStore(): KeptList | undefined {
  try {
    return keptListSchema.parse(JSON.parse(sessionStorage.getItem(storeKey) ?? ''));
  } catch {
    return undefined;
  }
}

export const photos = new Photos();
