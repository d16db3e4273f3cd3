import { beforeEach, expect, test, vi } from 'vitest';
import type { BrowserWindow } from 'electron';
import type { Job } from '../../src-main/shared/things';
import { signJobs } from '../../src-main/shell/jobSigns';
import { wordsIn } from '../../src-main/shell/words';
import { FakeWindow, world } from '../support/fakeElectron';
import { sourceOf } from '../support/fakeHost';

vi.mock('electron', async () => (await import('../support/fakeElectron')).electron);

let window: FakeWindow;
let tell: (change: Partial<Job>) => void;
beforeEach(() => {
  window = new FakeWindow();
  window.focused = false;
  world.notifications.length = 0;
  world.badge = 0;
  const receive = signJobs(window as unknown as BrowserWindow, () => wordsIn('', 'en'));
  tell = (change) => {
    const job = {
      id: '1',
      kind: 'tailor',
      title: 'Lakes',
      state: 'running',
      phase: '',
      fraction: 0,
    } as const;
    receive({ event: 'job', job: { ...job, ...change } });
  };
});

test('the taskbar shows the progress of a running job, and nothing without one', () => {
  tell({ state: 'waiting' });
  expect(window.progress).toBe(-1);
  tell({ fraction: 0.25 });
  expect(window.progress).toBe(0.25);
  tell({ id: '2', state: 'waiting' });
  expect(window.progress).toBe(0.25);
  tell({ state: 'paused', fraction: 0.25 });
  expect(window.progress).toBe(-1);
});

test('the machine stays awake while a job runs, with one blocker', () => {
  tell({});
  tell({ fraction: 0.5 });
  tell({ id: '2' });
  expect(world.blockers.size).toBe(1);
  tell({ state: 'done' });
  expect(world.blockers.size).toBe(1);
  tell({ id: '2', state: 'cancelled' });
  expect(world.blockers.size).toBe(0);
});

test('the end of a job is told where the user looks elsewhere; a click brings the window', () => {
  tell({});
  tell({ state: 'done' });
  expect(world.notifications.map(({ options }) => options)).toEqual([{ title: 'Lakes', body: 'Finished.' }]);
  expect(world.badge).toBe(1);
  expect(window.did).toEqual(['flash']);
  world.notifications[0]!.emit('click');
  expect(window.did.slice(1)).toEqual(['show', 'focus']);
  window.emit('focus');
  expect(world.badge).toBe(0);
  expect(window.did.at(-1)).toBe('no flash');
});

test('on macOS the dock bounces instead', () => {
  const bounce = vi.fn();
  world.app.dock = { bounce };
  tell({});
  tell({ state: 'done' });
  expect(bounce).toHaveBeenCalledWith('informational');
  expect(window.did).toEqual([]);
  world.app.dock = undefined;
});

test.each([
  [{ state: 'failed', failure: { message: 'The disk is full.', exitCode: 2 } }, 'The disk is full.'],
  [
    { state: 'done', batch: { files: 9, done: 7, failed: 2, skipped: 0, out: sourceOf('/out') } },
    '7 photos done, 2 failed.',
  ],
] satisfies [Partial<Job>, string][])('%j is told as %j', (ending, body) => {
  tell({});
  tell(ending);
  expect(world.notifications[0]?.options.body).toBe(body);
});

test('nothing is told while the user looks, of what the user did, or twice', () => {
  window.focused = true;
  tell({});
  tell({ state: 'done' });
  window.focused = false;
  tell({ state: 'done' });
  tell({});
  tell({ state: 'cancelled' });
  expect(world.notifications).toEqual([]);
});
