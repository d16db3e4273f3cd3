import { throwIfCancelled, UserError } from '../base/errors';
import { loadDevices, saveDevices } from '../latency/deviceFile';
import { deviceOf, usableDevices, type DeviceUse } from '../latency/chosen';
import { inferenceOnly, possibleDevices, processor, type Device } from '../latency/devices';
import { selfTest, type SelfTestOptions } from '../latency/selfTest';
import { Timer, type TimerOptions } from '../latency/timer';
import { homePath } from '../model/library';
import { nvidiaName } from '../runtime/gpus';
import type { Provider } from '../runtime/session';
import type { JobContext } from '../shared/progress';
import type { TestedDevice } from '../shared/results';
import { stepProbes } from './stepProbe';

/** For tests: other devices than those of this machine, other processes than the built one, more patience. */
export interface TestOptions extends Omit<SelfTestOptions, 'signal'> {
  possible?: readonly Device[];
}

/** Tests all devices of this machine, and remembers how it went. */
export async function testDevices(
  { signal, onProgress }: JobContext,
  { possible = possibleDevices(), ...options }: TestOptions = {},
): Promise<TestedDevice[]> {
  const test = { ...options, signal };
  const steps = stepProbes();
  const tested: TestedDevice[] = [];
  for (const [i, device] of (await named(possible, test)).entries()) {
    throwIfCancelled(signal);
    const fraction = i / possible.length;
    onProgress({ event: 'progress', phase: 'testing devices', fraction, message: device.name });
    const result = await selfTest(device, steps, test);
    if (result) tested.push(result);
  }
  await saveDevices(homePath('latency'), tested);
  return tested;
}

/** Calls GPUs by the names that their drivers give them, where those can be asked. */
async function named(devices: readonly Device[], options: TimerOptions): Promise<readonly Device[]> {
  const some = (...providers: Provider[]): boolean =>
    devices.some((device) => providers.includes(device.provider));
  const nvidia = some('cuda', 'tensorflow') ? await nvidiaName() : undefined;
  const webgpu = some('webgpu') ? await webgpuName(options) : undefined;
  const names: Partial<Record<Provider, string | undefined>> = { webgpu, cuda: nvidia, tensorflow: nvidia };
  return devices.map((device) => ({ ...device, name: names[device.provider] ?? device.name }));
}

/** In a process that the driver may take down. */
async function webgpuName(options: TimerOptions): Promise<string | undefined> {
  const timer = Timer.start(options);
  const clock = setTimeout(() => {
    timer.stop();
  }, 10_000);
  try {
    const gpu = await timer.gpu().catch(() => undefined);
    throwIfCancelled(options.signal);
    return gpu?.name;
  } finally {
    clearTimeout(clock);
    timer.stop();
  }
}

/**
 * The device that a job asked for by `device`, or for `auto` the fastest that passed its self-test; the tests are made
 * where they were not made before. UserError for an unknown device and for one that cannot be used.
 */
export async function chooseDevice(
  id: string,
  use: DeviceUse,
  context: JobContext,
  options: TestOptions = {},
): Promise<Device> {
  const { possible = possibleDevices() } = options;
  const unknown = (ids: readonly string[]): UserError =>
    new UserError(`There is no device ${JSON.stringify(id)} for --device here: choose ${ids.join(', ')}.`);
  if (id !== 'auto' && !possible.some((device) => device.id === id))
    throw unknown(['auto', ...possible.map((device) => device.id)]);
  // With nothing to choose from, nothing is tried or told.
  if (possible.length === 1) return processor();

  const tested = (await loadDevices(homePath('latency'))) ?? (await testDevices(context, options));
  const usable = usableDevices(tested, use);
  const ids = ['auto', ...usable.map((device) => device.id)];
  const chosen = id === 'auto' ? usable[0] : tested.find((device) => device.id === id);
  const device = chosen && deviceOf(chosen, possible);
  if (!chosen || !device) throw unknown(ids);
  if (!usable.includes(chosen)) {
    const only = inferenceOnly.has(chosen.provider) ? 'it cannot train' : 'it is for training only';
    const reason = chosen.reason ?? only;
    throw new UserError(
      `The device ${id} (${chosen.name}) cannot be used: ${reason}. Choose ${ids.join(', ')} for --device.`,
    );
  }
  const { name } = device;
  context.onProgress({
    event: 'progress',
    phase: 'starting',
    fraction: 0,
    message: `on ${name}`,
    device: { id: device.id, name },
  });
  return device;
}
