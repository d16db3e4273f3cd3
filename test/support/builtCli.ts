import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import { LatencyTable, type TableOp } from '../../src-main/latency/table';
import { processor } from '../../src-main/latency/devices';
import { saveTable, tableKey } from '../../src-main/latency/tableFile';

// The program as `npm run build` left it in out/, run as a user runs it: `npm test` builds first.
const script = resolve(import.meta.dirname, '..', '..', 'out', 'main', 'cli.js');
const notePid = pathToFileURL(join(import.meta.dirname, 'notePid.mjs')).href;

/** A folder that is gone after the file's tests, and paths in it. */
export function workplace(): (...parts: string[]) => string {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return (...parts) => join(folder, ...parts);
}

/** Where the processes of each command leave their numbers. */
const notes = workplace();
let commands = 0;

/** One line of `--json`. */
export interface Line extends Record<string, unknown> {
  event: 'progress' | 'done' | 'error';
  phase?: string;
  message?: string;
  data?: Record<string, unknown>;
}

export interface Ended {
  code: number | null;
  lines: Line[];
  last: Line | undefined;
}

export interface CliOptions {
  /** A command that runs the command line given behind it, for example under a limit. */
  through?: readonly string[];
  /** A module that each of its processes loads first. */
  preload?: string;
  env?: Readonly<Record<string, string>>;
}

/** A command of the built program in a process group of its own, as a terminal starts it. */
export class RunningCli {
  readonly lines: Line[] = [];
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;
  private readonly pids = notes(`${++commands}`);
  private over = false;

  constructor(home: string, args: readonly string[], { through = [], preload, env }: CliOptions = {}) {
    if (!existsSync(script)) throw new Error(`${script} is missing: run "npm run build" first.`);
    const [file, ...rest] = [...through, process.execPath, script, ...args, '--json'];
    const child = spawn(file, rest, {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        PIXEL_TAILOR_HOME: home,
        NODE_OPTIONS: [notePid, ...(preload ? [pathToFileURL(preload).href] : [])]
          .map((module) => `--import=${module}`)
          .join(' '),
        NOTE_PIDS: this.pids,
        ...env,
      },
    });
    this.child = child;
    let partial = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (partial + text).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) this.lines.push(JSON.parse(line) as Line);
    });
    this.ended = new Promise((done, fail) => {
      child.on('error', fail);
      child.on('close', (code) => {
        this.over = true;
        done({ code, lines: this.lines, last: this.lines.at(-1) });
      });
    });
  }

  /** The first line that fits, as soon as it is there. */
  async until(fits: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const line = this.lines.find(fits);
      if (line) return line;
      if (this.over) throw new Error(`The command ended before: ${JSON.stringify(this.lines.at(-1))}`);
      await pause(5);
    }
  }

  /** Signals all processes of the command, as Ctrl-C in a terminal does; resolves with its end and how long that took. */
  async signalAll(signal: NodeJS.Signals): Promise<Ended & { milliseconds: number }> {
    const start = performance.now();
    process.kill(-(this.child.pid ?? NaN), signal);
    const ended = await this.ended;
    return { ...ended, milliseconds: performance.now() - start };
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Ends the command with -9, but not the engine that it has started. */
  killAlone(): void {
    this.child.kill('SIGKILL');
  }

  /** The numbers of the engines that it has started so far. */
  engines(): number[] {
    if (!existsSync(this.pids)) return [];
    const noted = readFileSync(this.pids, 'utf8').trim().split('\n');
    return noted.filter((line) => line.startsWith('engine.js ')).map((line) => Number(line.split(' ')[1]));
  }
}

/** Runs a command to its end. */
export const runCli = (home: string, args: readonly string[], options?: CliOptions): Promise<Ended> =>
  new RunningCli(home, args, options).ended;

/** Cost of a candidate as a part of a conv3x3's. */
const shares: Record<TableOp, number> = { conv3x3: 1, sep3x3: 0.3, sep5x5: 0.5, invertedResidual: 0.8 };

/** What networks cost in a home of {@link makeHome}: in proportion to multiply-accumulates. */
export function testCosts(): LatencyTable {
  const reference = 9 * 32 * (4 * 32 + 12);
  const { data } = LatencyTable.synthetic(
    (op, width, inner) => (shares[op] * 18 * width * inner) / reference,
    (width, scale) => (27 * width * (1 + scale ** 2)) / reference,
    (width) => width / reference,
  );
  return new LatencyTable({ ...data, key: tableKey(processor()) });
}

/** Makes a home whose device is measured already. */
export async function makeHome(home: string): Promise<string> {
  mkdirSync(home, { recursive: true });
  await saveTable(join(home, 'latency'), testCosts());
  return home;
}
