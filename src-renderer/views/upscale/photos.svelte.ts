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
  /** What is known of each photo and of results that were asked for, by token; read in the background. */
  heads = $state.raw<ReadonlyMap<string, PhotoHead>>(new Map());

  /** The rows in sight: their sizes are read first. */
  private inSight: [from: number, to: number] = [0, 0];
  /** Batches whose photos have been taken over; what was removed since must not come back. */
  private adopted = new Set<string>();
  /** Results, whose sizes somebody wants to know. */
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
  want(token: string): void {
    if (this.heads.has(token) || this.wanted.has(token)) return;
    this.wanted.add(token);
    void this.readHeads();
  }

  /** A new batch may write other results in the places of the old ones. */
  forgetResults(): void {
    this.wanted.clear();
    this.heads = new Map(
      this.list.flatMap(({ token }) => {
        const head = this.heads.get(token);
        return head ? [[token, head] as const] : [];
      }),
    );
  }

  private append(found: readonly Photo[]): number {
    const known = new Set(this.list.map(({ token }) => token));
    const fresh = found.filter(({ token }) => !known.has(token));
    this.list = [...this.list, ...fresh];
    this.store();
    void this.readHeads();
    return fresh.length;
  }

  /** A later call takes over from an earlier one, whose answer may never come. */
  private async readHeads(): Promise<void> {
    const turn = ++this.reader;
    for (;;) {
      const tokens = this.nextToRead();
      if (tokens.length === 0 || turn !== this.reader) return;
      const heads = await app.api
        .lookAt({ photos: tokens })
        .catch((error: unknown) => tokens.map(() => ({ reason: failureText(error) })));
      this.heads = new Map([...this.heads, ...tokens.map((token, i) => [token, heads[i]!] as const)]);
    }
  }

  private nextToRead(): string[] {
    const unread = ({ token }: Photo): boolean => !this.heads.has(token);
    const inSight = this.list.slice(...this.inSight).filter(unread);
    const results = [...this.wanted].filter((token) => !this.heads.has(token));
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
