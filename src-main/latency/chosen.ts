import type { TestedDevice } from '../shared/results';
import { loadDevices } from './deviceFile';
import { inferenceOnly, possibleDevices, processor, trainingOnly, type Device } from './devices';

/** What a job does with its device; not every device does both, and a search needs both. */
export type DeviceUse = 'inference' | 'training' | 'search';

/** Those that passed their test and do what is to be done, the fastest first. */
export function usableDevices(tested: readonly TestedDevice[], use: DeviceUse): TestedDevice[] {
  const usable = tested.filter(
    ({ ok, provider }) =>
      ok &&
      (use === 'inference' || !inferenceOnly.has(provider)) &&
      (use === 'training' || !trainingOnly.has(provider)),
  );
  // Whoever took too long for an answer comes last.
  const time = ({ tileMs, stepMs }: TestedDevice): number =>
    (use === 'inference' ? tileMs : stepMs) ?? Number.MAX_VALUE;
  return usable.toSorted((a, b) => time(a) - time(b));
}

/** A device by its name as it was told in the test. */
export function deviceOf(
  { id, name }: TestedDevice,
  possible: readonly Device[] = possibleDevices(),
): Device | undefined {
  const known = possible.find((device) => device.id === id);
  return known && { ...known, name };
}

/** The device that a job would take, as far as is known without a test: else the processor. */
export async function rememberedDevice(folder: string, id: string, use: DeviceUse): Promise<Device> {
  const usable = usableDevices((await loadDevices(folder)) ?? [], use);
  const chosen = id === 'auto' ? usable[0] : usable.find((device) => device.id === id);
  return (chosen && deviceOf(chosen)) ?? processor();
}
