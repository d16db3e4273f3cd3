import { cpus } from 'node:os';
import { UserError } from '../base/errors';
import type { Provider } from '../runtime/session';

export interface Device {
  id: string;
  /** What people call it: the processor's name. */
  name: string;
  provider: Provider;
}

/** What the processor is called; some systems leave it empty. */
export const processorName = (): string => cpus()[0]?.model.trim() || 'unknown processor';

/** Devices that the runtime may be able to use; whether it really can is for the self-test to say. */
export function knownDevices(): Device[] {
  return [{ id: 'cpu', name: processorName(), provider: 'cpu' }];
}

/** Throws a {@link UserError} that names the known ones. */
export function findDevice(id: string): Device {
  const devices = knownDevices();
  const device = devices.find((known) => known.id === id);
  if (device) return device;
  const ids = devices.map((known) => known.id).join(', ');
  throw new UserError(`There is no device ${JSON.stringify(id)} for --device here: choose ${ids}.`);
}
