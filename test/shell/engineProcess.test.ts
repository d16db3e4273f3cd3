import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Timer } from '../../src-main/latency/timer';
import { isTimingNews } from '../../src-main/latency/timingLine';
import { startEngine } from '../../src-main/shell/engineProcess';
import { superviseJob } from '../../src-main/supervisor';
import { world, type FakeUtility } from '../support/fakeElectron';

vi.mock('electron', async () => (await import('../support/fakeElectron')).electron);

beforeEach(() => {
  world.utilities.length = 0;
});
afterEach(() => {
  Reflect.deleteProperty(process, 'parentPort');
});
const signal = new AbortController().signal;

test('a job runs in a utility process, which is gone when the job has ended', async () => {
  const onProgress = vi.fn();
  const result = await superviseJob('devices', {}, { start: () => startEngine('/out'), signal, onProgress });
  expect(result).toEqual({ job: 'devices' });
  expect(onProgress).toHaveBeenCalledWith({ event: 'progress', phase: 'working', fraction: 0.5 });
  expect(world.utilities).toMatchObject([{ script: '/out/engine.js', killed: true }]);
});

test('an engine that dies is reported with its last words', () => {
  const onExit = vi.fn();
  startEngine('/out').onExit(onExit);
  world.utilities[0]!.stderr.emit('data', Buffer.from('Error: no memory left\n'));
  world.utilities[0]!.emit('exit', 3);
  expect(onExit.mock.calls[0]?.[0]).toMatch(/code 3 .*no memory left/);
});

/** Puts this process in the engine's place: what it posts goes to the main process, what that posts comes back. */
function becomeEngine(): { engine: FakeUtility; onMessage: (message: unknown) => void } {
  const onMessage = vi.fn();
  startEngine('/out').onMessage(onMessage);
  const engine = world.utilities[0]!;
  const port = Object.assign(new EventEmitter(), {
    postMessage: (message: unknown) => engine.emit('message', structuredClone(message)),
  });
  engine.postMessage = (message) => {
    expect(isTimingNews(message)).toBe(true);
    port.emit('message', { data: structuredClone(message) });
  };
  Object.assign(process, { parentPort: port });
  return { engine, onMessage };
}

test('an engine has its timing processes started and reached by the main process', async () => {
  const { onMessage } = becomeEngine();
  const timer = Timer.start({ signal, entry: 'not this one' });
  const other = Timer.start({ signal, entry: 'nor this one' });
  const [, child, second] = world.utilities;
  expect(child!.script).toBe('/out/timingProcess.js');

  const times = timer.time(5);
  const model = new Uint8Array([1, 2]);
  const loaded = other.load(model, [1, 3, 4, 4]);
  expect(child!.sent).toEqual([{ type: 'time', atLeast: 5, rest: true }]);
  expect(second!.sent).toEqual([{ type: 'load', model, dims: [1, 3, 4, 4], options: { provider: 'cpu' } }]);
  second!.emit('message', { value: [] });
  child!.emit('message', { value: [2.5, 3] });
  expect(await times).toEqual([2.5, 3]);
  await loaded;

  timer.stop();
  expect([child!.killed, second!.killed]).toEqual([true, false]);
  await expect(timer.time(5)).rejects.toThrow('ended unexpectedly (code 0)');
  expect(onMessage).not.toHaveBeenCalled();
});

test('timing processes end with their engine', () => {
  const { engine } = becomeEngine();
  Timer.start({ signal, entry: '' });
  engine.emit('exit', 1);
  expect(world.utilities[1]!.killed).toBe(true);
});
