import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fetchRuntime, findRuntime } from './shell/runtime';

// `npm start`: the desktop app; where Electron's runtime or a display cannot be had, the same app in a browser.

const here = import.meta.dirname;
/** About 120 MB over a slow line. */
const fetchTime = 5 * 60_000;
/** An app that fails this soon, in milliseconds, never opened its window: a library or the right to a sandbox is missing. */
const startTime = 5_000;

function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
}

async function electronRuntime(): Promise<string | undefined> {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const runtime = findRuntime(folder);
  if (runtime !== undefined) return runtime;
  console.log('Fetching the Electron runtime, which is done once ...');
  return fetchRuntime(folder, fetchTime);
}

/** Runs the desktop app until it is closed; returns why it cannot, where it cannot. */
async function runDesktop(): Promise<string | undefined> {
  if (!hasDisplay()) return 'There is no display here';
  const runtime = await electronRuntime();
  if (runtime === undefined) return 'The Electron runtime cannot be fetched here';
  const started = Date.now();
  const code = await endOf(
    spawn(runtime, [join(here, '..', '..'), ...process.argv.slice(2)], { stdio: 'inherit' }),
  );
  if (code !== 0 && Date.now() - started < startTime) return 'The desktop app cannot start here';
  process.exitCode = code;
  return undefined;
}

/** The exit code, 1 for a process that was killed or could not be started. */
async function endOf(child: ChildProcess): Promise<number> {
  // Ctrl-C reaches the child by itself; it is the child that decides.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } catch {
    return 1;
  }
}

const missing = await runDesktop();
if (missing !== undefined) {
  console.log(`${missing}, so the app is served to a browser instead.`);
  process.exitCode = await endOf(
    spawn(process.execPath, [join(here, 'cli.js'), 'serve'], { stdio: 'inherit' }),
  );
}
