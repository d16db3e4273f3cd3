import { findDevice } from '../latency/devices';
import { deviceTable } from '../latency/deviceTable';
import { tablePath } from '../latency/tableFile';
import { homePath } from '../model/library';
import type { ProfileConfig } from '../shared/config';
import type { JobContext } from '../shared/progress';
import type { ResultOf } from '../shared/results';

/** Measures the device's latency table anew and stores it. UserError for an unknown device. */
export async function profile(
  { device }: ProfileConfig,
  { signal, onProgress }: JobContext,
): Promise<ResultOf<'profile'>> {
  const { id } = findDevice(device);
  const folder = homePath('latency');
  const started = performance.now();
  const table = await deviceTable({
    folder,
    device: id,
    again: true,
    signal,
    onProgress: (fraction) => {
      const seconds = (performance.now() - started) / 1000;
      const secondsLeft = (seconds / fraction) * (1 - fraction);
      onProgress({ event: 'progress', phase: 'measuring this device', fraction, secondsLeft });
    },
  });
  return { entries: table.entries, path: tablePath(folder, table.data.key) };
}
