import type { HostOptions } from '../../src-main/app/host';
import type { AppEvent } from '../../src-main/shared/api';
import { defaultSettings, type Settings, type Source } from '../../src-main/shared/things';

export const sourceOf = (path: string): Source => ({
  token: 'A'.repeat(22),
  kind: 'file',
  name: path.split('/').at(-1) ?? '',
  place: '',
});

/** What stands behind the screens, as far as the shell meets it. */
export class FakeHost {
  static made: FakeHost[] = [];
  private readonly listeners = new Set<(event: AppEvent) => void>();
  readonly handed: string[][] = [];
  settings: Settings = defaultSettings;
  closed = false;
  readonly api = {
    hello: () => Promise.resolve({ settings: this.settings }),
    models: () => Promise.resolve({ models: [], unreadable: [], searches: [] }),
  };

  constructor(readonly options?: HostOptions) {
    FakeHost.made.push(this);
  }

  tell(event: AppEvent): void {
    for (const listener of this.listeners) listener(event);
  }
  onEvent(listener: (event: AppEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  picture(url: URL): Promise<{ status: number; type: string; bytes: Uint8Array }> {
    return Promise.resolve(
      url.pathname === `/picture/${'A'.repeat(22)}`
        ? { status: 200, type: 'image/webp', bytes: Buffer.from(`side ${url.searchParams.get('side')}`) }
        : { status: 404, type: 'text/plain', bytes: Buffer.from('gone') },
    );
  }
  grant(paths: readonly string[]): Source[] {
    return paths.map(sourceOf);
  }
  hand(paths: readonly string[]): void {
    this.handed.push([...paths]);
  }
  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
