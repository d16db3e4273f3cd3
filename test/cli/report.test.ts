import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { duration, jsonReport, peopleReport } from '../../src-main/cli/report';
import type { Progress } from '../../src-main/shared/progress';

/** A stream that keeps what is written, a terminal if told so. */
function recorder(isTTY: boolean) {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  // What a terminal's stream can do beyond writing, used to draw in place.
  const terminal = {
    isTTY,
    columns: 120,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  };
  return { stream: Object.assign(stream, terminal), text: () => text };
}

function people(isTTY: boolean, now?: () => number) {
  const [out, err] = [recorder(isTTY), recorder(isTTY)];
  return { out, err, report: peopleReport({ out: out.stream, err: err.stream }, now) };
}

const progress = (phase: string, fraction: number, rest: Partial<Progress> = {}): Progress => ({
  event: 'progress',
  phase,
  fraction,
  ...rest,
});

test('a terminal gets a bar with phase, percent, time left and message', () => {
  const { out, err, report } = people(true);
  report.progress(progress('searching', 0.42, { secondsLeft: 300, message: 'step 12' }));
  report.done({}, () => 'Ready.');
  expect(err.text()).toMatch(/searching \[[^\]]+\] 42 %, about 5 min left {2}step 12/);
  expect(out.text()).toBe('Ready.\n');
});

test('elsewhere there is a line for each phase, each tenth, and each half minute of silence', () => {
  let time = 0;
  const { err, report } = people(false, () => time);
  const tell = (at: number, phase: string, fraction: number) => {
    time = at * 1000;
    report.progress(progress(phase, fraction));
  };
  tell(0, 'profiling', 0);
  tell(1, 'profiling', 0.02);
  tell(2, 'searching', 0.05);
  tell(3, 'searching', 0.09);
  tell(4, 'searching', 0.11);
  tell(20, 'searching', 0.12);
  tell(34, 'searching', 0.13);
  expect(err.text()).toBe('profiling 0 %\nsearching 5 %\nsearching 11 %\nsearching 13 %\n');
});

test('no time left is claimed where the job gave none', () => {
  const { err, report } = people(false);
  report.progress(progress('searching', 0.5));
  expect(err.text()).not.toContain('left');
});

test('a failure goes to the error output, our own with its stack', () => {
  const { out, err, report } = people(false);
  report.failed({ message: 'Give a folder.', exitCode: 2 });
  report.failed({ message: 'Broken.', exitCode: 1, detail: 'at x.ts' });
  expect(out.text()).toBe('');
  expect(err.text()).toBe('Give a folder.\nBroken.\nPlease report this with the lines below.\nat x.ts\n');
});

test("a job cannot overwrite the last line's event", () => {
  const out = recorder(false);
  jsonReport({ out: out.stream, err: out.stream }).done({ event: 'progress', a: 1 }, () => '');
  expect(JSON.parse(out.text())).toEqual({ event: 'done', a: 1 });
});

test.each([
  [0.2, '1 s'],
  [45, '45 s'],
  [89, '89 s'],
  [91, '2 min'],
  [3540, '59 min'],
  [3599, '1 h 0 min'],
  [7800, '2 h 10 min'],
])('%d seconds are %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});
