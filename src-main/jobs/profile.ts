import type { Device } from '../latency/devices';
import { deviceTable } from '../latency/deviceTable';
import { measureRatio } from '../latency/measure';
import { speeds } from '../latency/speedFile';
import { tableKey, tablePath } from '../latency/tableFile';
import { findModel, homePath } from '../model/library';
import { networkId, readModelFile } from '../model/modelFile';
import { measureAndKeep } from '../model/openPlanned';
import type { ProfileConfig } from '../shared/config';
import type { JobContext } from '../shared/progress';
import type { ResultOf } from '../shared/results';
import { chooseDevice } from '../train/chooseDevice';

/**
 * Measures the device's latency table anew and stores it, or with `model` how fast that model is here. UserError for an
 * unknown device or model.
 */
export async function profile(
  { device: id, model }: ProfileConfig,
  context: JobContext,
): Promise<ResultOf<'profile'>> {
  // The table serves searches, which train.
  const device = await chooseDevice(id, model === undefined ? 'search' : 'inference', context);
  return model === undefined ? profileDevice(device, context) : profileModel(model, device, context);
}

async function profileDevice(
  device: Device,
  { signal, onProgress }: JobContext,
): Promise<ResultOf<'profile'>> {
  const folder = homePath('latency');
  const started = performance.now();
  const table = await deviceTable({
    folder,
    device,
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

async function profileModel(
  model: string,
  device: Device,
  { signal, onProgress }: JobContext,
): Promise<ResultOf<'profile'>> {
  const { path, card } = await findModel(model);
  const { bytes } = await readModelFile(path);
  onProgress({ event: 'progress', phase: 'measuring the model', fraction: 0, message: card.name });
  const { msPerMP, refMsPerMP, ratio } = await measureRatio(bytes, {
    scale: card.scale,
    provider: device.provider,
    signal,
  });
  const folder = homePath('latency');
  const speed = { msPerMP, refMsPerMP, ratio };
  const { tile } = await measureAndKeep(bytes, card.receptiveRadius, device, signal);
  const entries = await speeds.save(folder, tableKey(device), networkId(bytes), speed);
  return { entries, path: speeds.path(folder), model: card.name, tile, ...speed };
}
