import { SingleBar } from 'cli-progress';
import type { Failure } from '../shared/failure';
import type { Progress } from '../shared/progress';

/** Where a command tells what happens. Results go to `out`, what is only for the moment to `err`. */
export interface Report {
  progress: (progress: Progress) => void;
  done: (result: Record<string, unknown>, sentences: () => string) => void;
  failed: (failure: Failure) => void;
}

export interface Streams {
  out: NodeJS.WritableStream;
  err: NodeJS.WritableStream & { isTTY?: boolean };
}

/** One JSON object per line on `out`, the last one with `"event":"done"` or `"event":"error"`. */
export function jsonReport({ out }: Streams): Report {
  const line = (value: object) => void out.write(`${JSON.stringify(value)}\n`);
  return {
    progress: line,
    done: (result) => {
      line({ ...result, event: 'done' });
    },
    failed: (failure) => {
      line({ event: 'error', ...failure });
    },
  };
}

/** Bars on a terminal, now and then a plain line elsewhere, plain sentences at the end. */
export function peopleReport({ out, err }: Streams, now: () => number = Date.now): Report {
  const moment = err.isTTY ? barsOn(err) : linesOn(err, now);
  return {
    progress: moment.show,
    done: (_, sentences) => {
      moment.end();
      out.write(`${sentences()}\n`);
    },
    failed: ({ message, detail }) => {
      moment.end();
      err.write(`${message}\n`);
      if (detail !== undefined) err.write(`Please report this with the lines below.\n${detail}\n`);
    },
  };
}

function barsOn(stream: NodeJS.WritableStream) {
  const bar = new SingleBar({
    stream,
    format: '{phase} [{bar}] {percentage} %{left}  {message}',
    barsize: 24,
    hideCursor: true,
    linewrap: false,
    clearOnComplete: true,
    stopOnComplete: false,
  });
  let started = false;
  return {
    show: (progress: Progress) => {
      const payload = {
        phase: progress.phase,
        left: leftOf(progress),
        message: progress.message ?? '',
      };
      if (started) bar.update(Math.floor(progress.fraction * 100), payload);
      else bar.start(100, Math.floor(progress.fraction * 100), payload);
      started = true;
    },
    end: () => {
      if (started) bar.stop();
    },
  };
}

const silentMs = 30_000;

function linesOn(stream: NodeJS.WritableStream, now: () => number) {
  let last = { phase: '', tenth: -1, at: 0 };
  return {
    show: (progress: Progress) => {
      const tenth = Math.floor(progress.fraction * 10);
      const isNews = progress.phase !== last.phase || tenth > last.tenth || now() - last.at >= silentMs;
      if (!isNews) return;
      last = { phase: progress.phase, tenth, at: now() };
      const message = progress.message === undefined ? '' : ` - ${progress.message}`;
      stream.write(
        `${progress.phase} ${Math.floor(progress.fraction * 100)} %${leftOf(progress)}${message}\n`,
      );
    },
    end: () => undefined,
  };
}

/** The job's own estimate; without one nothing is claimed. */
function leftOf({ secondsLeft }: Progress): string {
  return secondsLeft === undefined ? '' : `, about ${duration(secondsLeft)} left`;
}

/** "40 s", "7 min", "2 h 10 min". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
