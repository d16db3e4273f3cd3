import { app, ipcMain, type BrowserWindow } from 'electron';
import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import type { Host } from '../app/host';
import { dropChannel, pageOrigin } from '../shared/desktop';

const pathsSchema = z.array(z.string().max(32_768).refine(isAbsolute)).max(100_000);
const handedSchema = z.object({ paths: pathsSchema });

export interface Handover {
  /** Whether this is the only start of the app; otherwise the other one has been told, and this one should end. */
  first: boolean;
  /** Gives what has come so far, and from now on what comes; nothing where a second start brought no files. */
  deliver: (to: (paths: string[]) => void) => void;
}

/**
 * Collects the files that the system hands over: named on the command line, opened with the app, or given to a second
 * start of it. To be called first of all: macOS tells of a file before the app is ready.
 */
export function takeHandover(): Handover {
  const own = filesAmong(process.argv.slice(process.defaultApp ? 2 : 1));
  const waiting = own.length > 0 ? [own] : [];
  let deliver = (paths: string[]): void => {
    waiting.push(paths);
  };
  app.on('open-file', (event, path) => {
    event.preventDefault();
    deliver([path]);
  });
  // Chromium reorders and adds to `argv` on the way here; what the second start sends with it arrives as it was.
  app.on('second-instance', (_event, _argv, _folder, sent) => {
    deliver(handedSchema.safeParse(sent).data?.paths ?? []);
  });
  return {
    first: app.requestSingleInstanceLock({ paths: own }),
    deliver: (to) => {
      deliver = (paths) => {
        to(paths.filter((path) => existsSync(path)));
      };
      waiting.splice(0).forEach(deliver);
    },
  };
}

const filesAmong = (args: readonly string[]): string[] =>
  args
    .filter((arg) => !arg.startsWith('-'))
    .map((arg) => resolve(arg))
    .filter((path) => existsSync(path));

/** Grants tokens for dropped files, to the window's own page only. */
export function takeDrops({ webContents: page }: BrowserWindow, host: Pick<Host, 'grant'>): void {
  ipcMain.handle(dropChannel, ({ senderFrame }, paths: unknown) => {
    if (!senderFrame || senderFrame !== page.mainFrame || senderFrame.origin !== pageOrigin)
      throw new Error('Only the page of the app may drop files.');
    return host.grant(pathsSchema.parse(paths));
  });
}
