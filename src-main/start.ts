import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// `npm start`: the desktop app, where Electron's runtime and a display are there.

const root = join(import.meta.dirname, '..', '..');

/** Electron's executable, if it has been fetched: npm installs only the small package that fetches it. */
function electronRuntime(): string | undefined {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  const executable = join(folder, 'dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(executable) ? executable : undefined;
}

function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
}

const runtime = electronRuntime();
if (runtime && hasDisplay()) {
  spawn(runtime, [root], { stdio: 'inherit' }).on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  const missing = runtime ? 'There is no display here' : 'The Electron runtime is not installed here';
  console.log(
    `${missing}, and the app's screen follows in a later version anyway; ` +
      'use the command line: node out/main/cli.js --help',
  );
}
