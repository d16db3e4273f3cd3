import { messageOf, throwIfCancelled } from '../base/errors';
import { Rng } from '../base/rng';
import { input, matmul } from '../graph/build';
import { evaluate } from '../graph/evaluate';
import { sizeOf, topological, type Node } from '../graph/ops';
import { encodeFor, tensorsOf } from '../runtime/program';
import type { Tensor } from '../runtime/session';
import type { TestedDevice } from '../shared/results';
import { inferenceOnly, type Device } from './devices';
import { median } from './measure';
import { referenceNetwork, smallNetwork } from './networks';
import { Timer, type TimerOptions } from './timer';

/** Something to compute, and with what. */
export interface Probe {
  outputs: Readonly<Record<string, Node>>;
  feeds: Readonly<Record<string, Float32Array>>;
}

/** A training step with the outputs `loss` and `gradients`: one small enough to be checked, one worth timing. */
export interface StepProbes {
  exact: Probe;
  timed: Probe;
}

/** Largest deviations that a usable device may show: of a picture in 0..1, and relative ones of a training step. */
const tolerance = { picture: 2 / 255, loss: 1e-3, gradients: 1e-2 };

export interface SelfTestOptions extends Omit<TimerOptions, 'provider'> {
  /** Seconds that a GPU has for the golden tile and for the training step (default 5). */
  patience?: number;
}

/** Seconds for each of the timings. */
const timingPatience = 10;

/** What the runtime says where there is no such device at all. */
const nothingThere = /failed to get a webgpu adapter|887A0002|no CUDA-capable device|CUDA driver version/i;

/**
 * Tries a device in a process of its own, which it may hang or take down: a golden tile and a training step against exact
 * arithmetic, then its speed. Undefined where the machine has no such device.
 */
export async function selfTest(
  device: Device,
  steps: StepProbes,
  { patience = 5, ...options }: SelfTestOptions,
): Promise<TestedDevice | undefined> {
  const tested = { ...device, gflops: null, tileMs: null, stepMs: null };
  const trains = !inferenceOnly.has(device.provider);
  const timer = Timer.start({ ...options, provider: device.provider });
  try {
    // The time that a process needs to start is not the device's.
    await timer.wait();
    const inTime = <T>(seconds: number, answered: Promise<T>): Promise<T> =>
      // A processor that is late is busy with other things.
      device.provider === 'cpu' ? answered : within(seconds, timer, answered);
    const answer: Answer = (probe) => inTime(patience, run(timer, device, probe));
    const reason =
      (await wrongPicture(answer)) ?? (trains ? await wrongStep(answer, steps.exact) : undefined);
    if (reason !== undefined) return { ...tested, ok: false, reason };
    // A device that takes too long is slow but not wrong.
    const ms = (probe: Probe): Promise<number | null> =>
      inTime(timingPatience, speed(timer, device, probe)).catch(() => null);
    const productMs = await ms(product());
    const tileMs = await ms(withNoise({ y: referenceNetwork() }));
    const stepMs = trains ? await ms(steps.timed) : null;
    throwIfCancelled(options.signal);
    return { ...tested, ok: true, gflops: productMs && productFlops / productMs / 1e6, tileMs, stepMs };
  } catch (error) {
    throwIfCancelled(options.signal);
    const reason = messageOf(error);
    if (nothingThere.test(reason)) return undefined;
    return { ...tested, ok: false, reason, ...(error instanceof Late && { late: true }) };
  } finally {
    timer.stop();
  }
}

type Answer = (probe: Probe) => Promise<Record<string, Tensor>>;

async function wrongPicture(answer: Answer): Promise<string | undefined> {
  const probe = goldenTile();
  const { y } = await answer(probe);
  const levels = largestDifference(y!.data, exactly(probe)['y']!) * 255;
  return levels <= tolerance.picture * 255
    ? undefined
    : `it computes wrong pictures, by up to ${levels.toFixed(1)} of 255 levels`;
}

async function wrongStep(answer: Answer, probe: Probe): Promise<string | undefined> {
  const results = await answer(probe);
  const exact = exactly(probe);
  const off = (name: 'loss' | 'gradients'): boolean => {
    const largest = exact[name]!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return largestDifference(results[name]!.data, exact[name]!) > tolerance[name] * largest;
  };
  if (off('loss')) return 'it computes wrong losses in training';
  return off('gradients') ? 'it computes wrong gradients in training' : undefined;
}

/** Milliseconds of a run. */
async function speed(timer: Timer, device: Device, probe: Probe): Promise<number> {
  await run(timer, device, probe);
  return median(await timer.time(200));
}

async function run(
  timer: Timer,
  { provider }: Device,
  { outputs, feeds }: Probe,
): Promise<Record<string, Tensor>> {
  const { model, shapes } = await encodeFor(provider, outputs);
  return timer.run(model, tensorsOf(feeds, shapes));
}

/** By the plain interpreter, in double precision. */
function exactly({ outputs, feeds }: Probe): Record<string, Float64Array> {
  const values = evaluate(Object.values(outputs), feeds);
  return Object.fromEntries(Object.keys(outputs).map((name, i) => [name, values[i]!.data]));
}

function largestDifference(values: Float32Array, exact: Float64Array): number {
  return values.reduce((worst, value, i) => {
    const difference = Math.abs(value - exact[i]!);
    return difference <= worst ? worst : Number.isNaN(difference) ? Infinity : difference;
  }, 0);
}

class Late extends Error {}

/** Whoever does not answer in time is ended. */
async function within<T>(seconds: number, timer: Timer, answer: Promise<T>): Promise<T> {
  let clock: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    clock = setTimeout(() => {
      reject(new Late(`it did not answer within ${seconds} seconds`));
      timer.stop();
    }, seconds * 1000);
  });
  return Promise.race([answer, late]).finally(() => {
    clearTimeout(clock);
  });
}

const goldenTile = (): Probe => withNoise({ y: smallNetwork([1, 3, 24, 20]) });

/** Values in 0..1 for every input. */
function withNoise(outputs: Probe['outputs']): Probe {
  const rng = new Rng(7);
  const inputs = topological(Object.values(outputs)).filter((node) => node.op === 'Input');
  const noise = (length: number): Float32Array => Float32Array.from({ length }, () => rng.next());
  return {
    outputs,
    feeds: Object.fromEntries(inputs.map(({ attrs, shape }) => [attrs.name, noise(sizeOf(shape))])),
  };
}

const side = 1024;
const productFlops = 2 * side ** 3;
const product = (): Probe =>
  withNoise({ product: matmul(input('a', [side, side]), input('b', [side, side])) });
