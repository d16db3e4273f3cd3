import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Device } from '../latency/devices';
import { speeds } from '../latency/speedFile';
import { tableKey } from '../latency/tableFile';
import type { ModelCard } from '../shared/modelCard';
import type { ModelEntry } from '../shared/things';
import { homePath, listModels, recordPath } from './library';
import { networkId } from './modelFile';

/** The library as the Models screen shows it: order of {@link listModels}, with what is known of each model on a device. */
export async function modelEntries(device: Device): Promise<{
  models: (ModelEntry & { path: string })[];
  unreadable: { path: string; reason: string }[];
}> {
  const { models, unreadable } = await listModels();
  const speedHere = await speedOn(device);
  const entries = [];
  for (const { path, card } of models) {
    entries.push({
      path,
      card,
      bytes: (await stat(path)).size,
      here: await speedHere(path, card),
      own: dirname(path) === homePath('models'),
      record: existsSync(recordPath(path)),
    });
  }
  return { models: entries, unreadable };
}

/** How fast a model is on the device: as measured last, else as measured when it was made, if that was here. */
async function speedOn(
  device: Device,
): Promise<(path: string, card: ModelCard) => Promise<ModelEntry['here']>> {
  const measured = await speeds.load(homePath('latency'), tableKey(device));
  const { name, provider } = device;
  const any = Object.keys(measured).length > 0;
  return async (path, card) => {
    const speed = any ? measured[networkId(await readFile(path))] : undefined;
    const madeHere = name === card.device.name && provider === card.device.provider;
    const { msPerMP, ratio } = speed ?? card;
    return speed || madeHere ? { msPerMP, ratio } : null;
  };
}
