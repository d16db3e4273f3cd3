import type { PhotoCache } from '../data/photoCache';
import type { Device } from '../latency/devices';
import { measureRatio } from '../latency/measure';
import { speeds } from '../latency/speedFile';
import { tableKey } from '../latency/tableFile';
import { budgetTolerance } from '../shared/budget';
import type { ModelCard, Scale } from '../shared/modelCard';
import type { StoredModel } from '../shared/results';
import { homePath, listModels } from './library';
import { networkId, openModel, readModelFile } from './modelFile';
import { heldOutPsnr } from './quality';

/** Where a stock model was that much slower on its own device, it is not timed here to see whether it fits. */
const mostCarriedOver = 2;

/** PSNR in dB of the stock model on the photos that were held out, and its file; null where no stock model is as fast. */
type Comparison = Pick<ModelCard, 'rival'> & Pick<ModelCard['psnr'], 'stock'> & { path?: string };

/**
 * What a tailored model of that speed has to beat: of the stock models that are no slower here, to the tolerance of
 * budgets, the nearest in speed, on the same held-out photos.
 */
export async function compareWithStock(
  { scale, ratio, device }: { scale: Scale; ratio: number; device: Device },
  { cache, heldOut }: { cache: PhotoCache; heldOut: readonly number[] },
  signal: AbortSignal,
): Promise<Comparison> {
  const { models } = await listModels();
  const distance = ({ card }: StoredModel): number => Math.abs(Math.log(card.ratio / ratio));
  const candidates = models
    .filter(({ card }) => card.kind === 'stock' && card.scale === scale)
    .filter(({ card }) => card.ratio <= mostCarriedOver * ratio)
    .sort((a, b) => distance(a) - distance(b));
  for (const { path, card } of candidates) {
    const here = await ratioHere(path, scale, device, signal);
    if (here > (1 + budgetTolerance) * ratio) continue;
    const net = await openModel(path, { provider: device.provider });
    try {
      const stock = await heldOutPsnr(cache, heldOut, net, signal);
      return { stock, rival: { name: card.name, ratio: here }, path };
    } finally {
      await net.dispose();
    }
  }
  return { stock: null };
}

/** A model's ratio as measured on this device before, else measured now and kept. */
export async function ratioHere(
  path: string,
  scale: Scale,
  device: Device,
  signal: AbortSignal,
): Promise<number> {
  const { bytes } = await readModelFile(path);
  const [folder, key, network] = [homePath('latency'), tableKey(device), networkId(bytes)];
  const known = (await speeds.load(folder, key))[network];
  if (known) return known.ratio;
  const { msPerMP, refMsPerMP, ratio } = await measureRatio(bytes, {
    scale,
    provider: device.provider,
    signal,
  });
  await speeds.save(folder, key, network, { msPerMP, refMsPerMP, ratio });
  return ratio;
}
