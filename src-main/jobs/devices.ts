import type { DevicesConfig } from '../shared/config';
import type { JobContext } from '../shared/progress';
import type { ResultOf } from '../shared/results';
import { testDevices } from '../train/chooseDevice';

/** Lists the devices of this machine, each tested anew. */
export async function devices(_: DevicesConfig, context: JobContext): Promise<ResultOf<'devices'>> {
  return { devices: await testDevices(context) };
}
