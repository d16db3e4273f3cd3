import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '../base/errors';
import { Host } from '../app/host';
import { AppServer } from '../app/server';
import { homePath } from '../model/library';
import type { EngineProcess } from '../supervisor';

export interface ServeOptions {
  startEngine: () => EngineProcess;
  /** Where the page's built files are. */
  page: string;
  signal: AbortSignal;
  /** Called with the address once it is served. */
  onUrl: (url: string) => void;
}

/** Serves the app until it is cancelled. UserError for a port or root that cannot be used. */
export async function serve(
  options: { port?: unknown; root?: unknown },
  { startEngine, page, signal, onUrl }: ServeOptions,
): Promise<void> {
  const port = Number(options.port ?? 0);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65535))
    throw new UserError(
      `Expected a number from 0 to 65535 for --port but received ${JSON.stringify(options.port)}.`,
    );
  const root = resolve(typeof options.root === 'string' ? options.root : homedir());
  const isFolder = await stat(root).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UserError(`Expected a folder for --root but received "${root}".`);
  const home = homePath('app');
  const host = new Host({ home, startEngine, out: join(root, 'Pixel Tailor'), root });
  try {
    const server = await AppServer.start({ host, page, home, port });
    onUrl(server.url);
    if (!signal.aborted) await once(signal, 'abort');
    await server.close();
  } finally {
    await host.close();
  }
}
