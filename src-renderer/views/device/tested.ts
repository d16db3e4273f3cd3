import { resultSchemas, type ResultOf } from '../../../src-main/shared/results';
import type { Job } from '../../../src-main/shared/things';

export type TestedDevice = ResultOf<'devices'>['devices'][number];

/** Devices and how their tests went, of the newest test that was done; undefined where there was none yet. */
export function testedDevices(jobs: Iterable<Job>): TestedDevice[] | undefined {
  const done = [...jobs].findLast(({ kind, state }) => kind === 'devices' && state === 'done');
  return resultSchemas.devices.safeParse(done?.result).data?.devices;
}
