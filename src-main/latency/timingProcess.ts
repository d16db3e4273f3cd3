import { setTimeout as pause } from 'node:timers/promises';
import { assert, messageOf } from '../base/errors';
import { Rng } from '../base/rng';
import { sizeOf } from '../graph/ops';
import { webgpuDevice } from '../runtime/gpus';
import { Session, type SessionOptions, type Tensor } from '../runtime/session';
import type { Asks, Gives, TimingReply, TimingRequest, TimingWork } from './timer';

// A process that does nothing but run one network when it is asked and say how long that took, and that may be lost with
// a driver that fails. Between the questions it is idle, so that another timing process can be measured beside it.

let session: Session | undefined;
let feeds: Readonly<Record<string, Tensor>> = {};
let drawn = new Float32Array();

/** Random values in 0..1; kept, since drawing millions anew for each network would take longer than its runs. */
function noise(length: number): Float32Array {
  if (drawn.length < length) {
    const rng = new Rng(1);
    drawn = new Float32Array(length).map(() => rng.next());
  }
  return drawn.subarray(0, length);
}

async function open(model: Uint8Array, options: SessionOptions): Promise<Session> {
  await session?.release();
  session = undefined;
  session = await Session.create(model, options);
  return session;
}

async function load({ model, dims, options }: Asks<'load'>): Promise<undefined> {
  const { inputNames } = await open(model, options);
  const [name] = inputNames;
  assert(name !== undefined && inputNames.length === 1, 'a network to time has one input');
  feeds = { [name]: { data: noise(sizeOf(dims)), dims } };
}

async function run(asked: Asks<'run'>): Promise<Gives<'run'>> {
  ({ feeds } = asked);
  return (await open(asked.model, asked.options)).run(feeds);
}

async function time({ atLeast, rest }: Asks<'time'>): Promise<number[]> {
  assert(session, 'a network is loaded before it is timed');
  const milliseconds: number[] = [];
  // The first run after a pause finds cold caches and sleeping threads.
  await session.run(feeds);
  for (let sum = 0; sum < atLeast || milliseconds.length < 2;) {
    const start = performance.now();
    await session.run(feeds);
    const passed = performance.now() - start;
    milliseconds.push(passed);
    sum += passed;
  }
  if (rest) await untilQuiet();
  return milliseconds;
}

/**
 * onnxruntime's idle threads spin for a while after a run (some 25 ms); the other process's turn begins when this one has
 * stopped using the processor. Windows of 16 ms, since systems count processor time in ticks that long.
 */
async function untilQuiet(): Promise<void> {
  for (let window = 0; window < 30; window++) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await pause(16);
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 < 0.3 * (performance.now() - start)) return;
  }
}

const work: { [Name in keyof TimingWork]: (asks: Asks<Name>) => Promise<Gives<Name>> } = {
  load,
  run,
  time,
  wait: () => Promise.resolve(undefined),
  gpu: webgpuDevice,
};

async function answer({ type, ...asks }: TimingRequest): Promise<TimingReply> {
  try {
    const does = work[type] as (asks: object) => Promise<Gives<typeof type>>;
    return { value: await does(asks) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** Electron's utility process has a port, a forked Node process has its channel. */
interface ParentPort {
  on(event: 'message', listener: (message: { data: unknown }) => void): void;
  postMessage(reply: TimingReply): void;
}
const { parentPort } = process as { parentPort?: ParentPort };

if (parentPort) {
  parentPort.on('message', ({ data }) => {
    void answer(data as TimingRequest).then((reply) => {
      parentPort.postMessage(reply);
    });
  });
} else {
  process.on('message', (message) => {
    void answer(message as TimingRequest).then((reply) => process.send?.(reply));
  });
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole process group; it is the engine that decides.
  process.on('SIGINT', () => undefined);
}
