import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'vite';

const root = resolve(import.meta.dirname, '..', '..');

export interface Ended {
  code: number | null;
  out: string;
  err: string;
  /** The lines of `out` as JSON. */
  lines: Record<string, unknown>[];
}

export interface Cli {
  run: (...args: string[]) => Promise<Ended>;
  /** Sends `signals` one after the other once the command has told of its progress; adds the milliseconds it then took. */
  interrupt: (signals: NodeJS.Signals[], ...args: string[]) => Promise<Ended & { took: number }>;
  dispose: () => Promise<void>;
}

/** The real command line, bundled next to the fake engine. */
export async function fakeCli(): Promise<Cli> {
  const folder = await mkdtemp(join(root, 'out', 'test-cli-'));
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: {
      ssr: true,
      target: 'node20.19',
      outDir: folder,
      copyPublicDir: false,
      rolldownOptions: { input: join(root, 'src-main', 'cli.ts') },
    },
  });
  await copyFile(join(import.meta.dirname, 'fakeEngine.mjs'), join(folder, 'engine.js'));

  const start = (args: string[], onLine: (send: (signal: NodeJS.Signals) => void) => void) =>
    new Promise<Ended>((done) => {
      const child = spawn(process.execPath, [join(folder, 'cli.js'), ...args], { detached: true });
      const texts = { out: '', err: '' };
      for (const [name, stream] of [
        ['out', child.stdout],
        ['err', child.stderr],
      ] as const) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          texts[name] += text;
          // As a terminal does it: the engine gets the signal too.
          onLine((signal) => process.kill(-(child.pid ?? NaN), signal));
        });
      }
      child.on('close', (code) => {
        const lines = texts.out.split('\n').filter((line) => line.startsWith('{'));
        done({ code, ...texts, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) });
      });
    });

  return {
    run: (...args) => start(args, () => undefined),
    interrupt: async (signals, ...args) => {
      let begun = 0;
      const ended = await start(args, (send) => {
        if (begun > 0) return;
        begun = performance.now();
        signals.forEach((signal, index) => setTimeout(send, 200 * (index + 1), signal));
      });
      return { ...ended, took: performance.now() - begun - 200 };
    },
    dispose: () => rm(folder, { recursive: true }),
  };
}
