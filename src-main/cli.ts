#!/usr/bin/env node
import { CommanderError, type Command } from 'commander';
import { join } from 'node:path';
import { ExitCode, UserError } from './base/errors';
import { withJournal } from './cli/batchJournal';
import { closingSentences } from './cli/closing';
import { buildProgram, type Typed } from './cli/commands';
import { jsonReport, peopleReport, type Report } from './cli/report';
import { serve } from './cli/serve';
import { parseConfig, type JobName, type UpscaleConfig } from './shared/config';
import { failureOf } from './shared/failure';
import { forkEngine, superviseJob, type EngineProcess } from './supervisor';
import { version } from '../package.json';

const streams = { out: process.stdout, err: process.stderr };
const wantsJson = process.argv.includes('--json');
const report: Report = wantsJson ? jsonReport(streams) : peopleReport(streams);
const cancel = new AbortController();
let engine: EngineProcess | undefined;

/** The first Ctrl-C asks, the second one does not. */
function listenForCancel(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (cancel.signal.aborted) stopNow();
      cancel.abort();
    });
  }
  // `pixel-tailor ... | head`: nobody reads any more, so nobody waits for the result.
  process.stdout.on('error', stopNow);
}

function stopNow(): never {
  engine?.kill();
  process.exit(ExitCode.cancelled);
}

const startEngine = (): EngineProcess => forkEngine(join(import.meta.dirname, 'engine.js'));

async function start(job: JobName, { json: _, ...typed }: Typed): Promise<void> {
  const config = parseConfig(job, typed);
  const run = (extra: Typed) =>
    superviseJob(
      job,
      { ...config, ...extra },
      {
        start: () => (engine = startEngine()),
        signal: cancel.signal,
        onProgress: report.progress,
      },
    );
  const result = await (job === 'upscale'
    ? withJournal(config as UpscaleConfig, (journal) => run({ journal }))
    : run({}));
  report.done(result, () => closingSentences(job, result));
  process.exitCode = exitCodeOf(result);
}

function exitCodeOf({ files }: Record<string, unknown>): number {
  const failed =
    Array.isArray(files) && files.some(({ status }: { status?: unknown }) => status === 'failed');
  return failed ? ExitCode.someFailed : ExitCode.done;
}

/** Commander's own endings: help and version are done, everything else is bad usage. */
function usageError({ code, message }: CommanderError, program: Command): UserError {
  const name = program.args[0];
  const command = program.commands.some((one) => one.name() === name) ? ` ${name}` : '';
  const said =
    code === 'commander.help' ? 'expected a command' : message.replace(/^error: /, '').replaceAll('\n', ' ');
  const sentence = said.charAt(0).toUpperCase() + said.slice(1);
  return new UserError(`${sentence}. Run "pixel-tailor${command} --help" to see what is possible.`);
}

async function main(): Promise<void> {
  listenForCancel();
  const program = buildProgram(version, start, (options) =>
    serve(options, {
      startEngine,
      page: join(import.meta.dirname, '..', 'renderer'),
      signal: cancel.signal,
      onUrl: (url) => {
        report.done({ url }, () => `Pixel Tailor is at ${url}\nPress Ctrl-C to end it.`);
      },
    }),
  );
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const cause = error instanceof CommanderError ? usageError(error, program) : error;
    const failure = failureOf(cause, cancel.signal);
    report.failed(failure);
    process.exitCode = failure.exitCode;
  }
}

await main();
