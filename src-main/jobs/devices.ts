import { messageOf, throwIfCancelled } from '../base/errors';
import { goldenTileError, matrixGflops } from '../latency/selfTest';
import { knownDevices, type Device } from '../latency/devices';
import type { DevicesConfig } from '../shared/config';
import type { JobContext } from '../shared/progress';
import type { ResultOf } from '../shared/results';

/** The largest deviation of a golden tile that a usable device may show. */
const tolerance = 2 / 255;

type Tested = ResultOf<'devices'>['devices'][number];

/** Lists the devices that the runtime knows, each after a self-test and a speed test. */
export async function devices(
  _: DevicesConfig,
  { signal, onProgress }: JobContext,
): Promise<ResultOf<'devices'>> {
  const known = knownDevices();
  const tested: Tested[] = [];
  for (const [i, device] of known.entries()) {
    throwIfCancelled(signal);
    const fraction = i / known.length;
    onProgress({ event: 'progress', phase: 'testing devices', fraction, message: device.name });
    tested.push({ ...device, ...(await test(device)) });
  }
  return { devices: tested };
}

async function test({ provider }: Device): Promise<Pick<Tested, 'ok' | 'gflops' | 'reason'>> {
  try {
    const error = await goldenTileError(provider);
    if (error <= tolerance) return { ok: true, gflops: await matrixGflops(provider) };
    const levels = (error * 255).toFixed(1);
    return {
      ok: false,
      gflops: null,
      reason: `it computes wrong pictures, by up to ${levels} of 255 levels`,
    };
  } catch (error) {
    return { ok: false, gflops: null, reason: messageOf(error) };
  }
}
