import { beforeEach, expect, test } from 'vitest';
import { JobBook, type Work } from '../../src-main/app/jobBook';
import { Log } from '../../src-main/app/log';
import type { AppEvent } from '../../src-main/shared/api';
import { memoryEngines, type MemoryEngine } from '../support/memoryEngine';

let book: JobBook;
let engines: MemoryEngine[];
let events: AppEvent[];

beforeEach(() => {
  const started = memoryEngines();
  engines = started.engines;
  events = [];
  book = new JobBook({ startEngine: started.start, tell: (event) => events.push(event), log: new Log() });
});

const work = (change: Partial<Work> = {}): Work => ({
  kind: 'tailor',
  title: 'lisbon',
  job: 'search',
  config: { name: 'lisbon', restart: true },
  resumable: true,
  ...change,
});

const stateOf = (id: string): string => book.withLists(id).job.state;
const progress = (fraction: number, rest: object = {}) => ({
  event: 'progress',
  phase: 'searching',
  fraction,
  ...rest,
});
const settled = () => new Promise((resolve) => setTimeout(resolve, 150));

test('jobs run one after the other and end as done or failed', async () => {
  const [first, second] = [book.add(work()), book.add(work({ title: 'porto' }))];
  expect([stateOf(first), stateOf(second)]).toEqual(['running', 'waiting']);
  engines[0]!.say({ event: 'done', ratio: 0.8 });
  await expect.poll(() => stateOf(second)).toBe('running');
  expect(book.withLists(first).job).toMatchObject({ state: 'done', fraction: 1, result: { ratio: 0.8 } });
  engines[1]!.say({ event: 'error', message: 'The disk is full.', exitCode: 2 });
  await expect.poll(() => stateOf(second)).toBe('failed');
  expect(book.withLists(second).job.failure?.message).toBe('The disk is full.');
});

test('a paused job goes on with its configuration, but does not begin anew', async () => {
  const id = book.add(work());
  engines[0]!.say(progress(0.4));
  await book.pause(id);
  expect(stateOf(id)).toBe('paused');
  await book.resume(id, { minutes: 30 });
  expect(engines[1]!.requests[0]).toMatchObject({ config: { name: 'lisbon', restart: false, minutes: 30 } });
  engines[1]!.say(progress(0.1));
  expect(book.withLists(id).job.fraction).toBe(0.4);
});

test('a search that has ended goes on when it is given more minutes', async () => {
  const tailor = { model: 'lisbon', scale: 2, budget: null, budgetText: 'fast', minutes: 10 };
  const id = book.add(work({ tailor: { ...tailor, bicubicOnCrops: null, belief: null, crop: null } }));
  await book.finish(id);
  engines[1]!.say({ event: 'done' });
  await expect.poll(() => stateOf(id)).toBe('done');
  await book.finish(id);
  expect(engines).toHaveLength(2);
  await book.resume(id, { minutes: 20 });
  expect(engines[2]!.requests[0]).toMatchObject({ config: { finish: false, minutes: 20 } });
  expect(book.withLists(id).job).toMatchObject({ fraction: 0, tailor: { minutes: 20 } });
});

test('a search that is to finish, or to go on for longer, does so before what waits', async () => {
  const earlier = book.add(work({ title: 'porto' }));
  await book.pause(earlier);
  const id = book.add(work());
  const later = book.add(work({ title: 'faro' }));
  await book.resume(earlier);
  await book.resume(id, { minutes: 20 });
  expect(engines[2]!.requests[0]).toMatchObject({ config: { minutes: 20, finish: false } });
  await book.finish(id);
  expect(engines[3]!.requests[0]).toMatchObject({ config: { minutes: 20, finish: true } });
  expect([earlier, id, later].map(stateOf)).toEqual(['waiting', 'running', 'waiting']);
});

test('a search that ends while it is asked for more has ended', async () => {
  const id = book.add(work());
  engines[0]!.send = () => {
    engines[0]!.say({ event: 'done' });
  };
  await book.resume(id, { minutes: 20 });
  expect([stateOf(id), engines.length]).toEqual(['done', 1]);
});

test('screens know a job before they are told its id', () => {
  const id = book.add(work());
  expect(events).toEqual([{ event: 'job', job: expect.objectContaining({ id }) as unknown }]);
});

test('what cannot be paused is not', async () => {
  const id = book.add(work({ resumable: false, title: 'model.onnx' }));
  await expect(book.pause(id)).rejects.toThrow('model.onnx cannot be paused, only cancelled.');
  await book.cancel(id);
  expect(stateOf(id)).toBe('cancelled');
});

test('an engine that dies is started again, and the screens are told', async () => {
  const id = book.add(work());
  engines[0]!.say(progress(0.5));
  engines[0]!.die();
  await expect.poll(() => engines.length, { timeout: 3000 }).toBe(2);
  expect(book.withLists(id).job).toMatchObject({ state: 'running', fraction: 0.5 });
  expect(book.withLists(id).job.notice).toContain('starting it again (1 of 2)');
});

test('screens are told of a burst of progress once, with every file that changed', async () => {
  const id = book.add(
    work({
      files: [
        { name: 'a.jpg', input: 'a'.repeat(22), status: 'waiting' },
        { name: 'b.jpg', input: 'b'.repeat(22), status: 'waiting' },
      ],
      receive: ({ file }, entry) => {
        entry.files[Number(file)] = { ...entry.files[Number(file)]!, status: 'done' };
        entry.changedFiles.add(Number(file));
      },
    }),
  );
  await settled();
  events.length = 0;
  for (let i = 0; i < 50; i++) engines[0]!.say(progress(i / 100, { data: { file: i % 2 } }));
  await settled();
  expect(events.map(({ event }) => event)).toEqual(['job', 'files']);
  expect(events[1]).toMatchObject({ id, files: [{ index: 0 }, { index: 1 }] });
});

test('only a job that is over can be taken off the list', async () => {
  const id = book.add(work());
  expect(() => {
    book.forget(id);
  }).toThrow('Cancel lisbon before');
  await book.cancel(id);
  book.forget(id);
  expect(book.list()).toEqual([]);
  expect(events.at(-1)).toEqual({ event: 'forgotten', id });
});
