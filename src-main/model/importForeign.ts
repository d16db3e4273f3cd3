import { version } from '../../package.json';
import { throwIfCancelled } from '../base/errors';
import { PhotoCache, type CachedPhoto } from '../data/photoCache';
import { chooseRecipe, loadRgb8 } from '../data/prepare';
import { cropPixels, type Pixels } from '../image/pixels';
import { Region } from '../image/region';
import type { Device } from '../latency/devices';
import { measureRatio } from '../latency/measure';
import { inspectForeign } from '../onnx/foreign';
import type { ModelCard } from '../shared/modelCard';
import type { JobContext } from '../shared/progress';
import { samplePhotos } from './library';
import { countParams, decodeModel, openNetwork, withCard } from './modelFile';
import { measureOverlap } from './overlap';
import { heldOutQuality } from './quality';
import { readForeign } from './readForeign';

/** What anybody's network has become: a model file of ours, and what is to be said of it. */
export interface ImportedModel {
  card: ModelCard;
  bytes: Uint8Array;
  notes: string[];
}

/** HR pixels of each bundled photo that an imported network is judged on. */
const cropArea = 320 * 240;

/**
 * Makes a self-describing model of anybody's upscaling network: how it wants its pictures, its scale, the overlap that its
 * tiles need, its quality on the bundled photos and its speed on `device` are all found by running it. UserError with the
 * reason where it is no such network. Strangers' files run here: the process must be one that may die.
 */
export async function importForeign(
  path: string,
  file: Uint8Array,
  { name, device }: { name: string; device: Device },
  { signal, onProgress }: JobContext,
): Promise<ImportedModel> {
  const say = (fraction: number, message: string): void => {
    throwIfCancelled(signal);
    onProgress({ event: 'progress', phase: 'trying the model', fraction, message });
  };
  const model = decodeModel(path, file);
  const network = inspectForeign(path, model);
  say(0, 'how it wants its pictures');
  const samples = await sampleCrops();
  const { bytes, scale } = await readForeign(path, file, network, await middleOf(samples[0]!.path));

  const net = { scale, ...(await openNetwork(path, bytes)) };
  try {
    say(0.1, 'how far it sees');
    const { overlap, seam } = await measureOverlap(net, signal);
    say(0.4, 'how good it is');
    const cache = new PhotoCache(samples, scale);
    const all = samples.map((_, i) => i);
    const quality = await heldOutQuality(cache, all, { ...net, radius: overlap }, signal);
    say(0.6, 'how fast it is');
    const { msPerMP, refMsPerMP, ratio } = await measureRatio(bytes, { scale, signal });
    const card: ModelCard = {
      format: 1,
      name,
      kind: 'imported',
      scale,
      receptiveRadius: overlap,
      genotype: 'imported',
      params: countParams(model),
      macsPerPixel: 0,
      budget: { text: '', ratio },
      device,
      ...{ msPerMP, refMsPerMP, ratio },
      psnr: { ...quality, stock: null },
      photos: { train: 0, heldOut: samples.length },
      ...{ seed: 0, steps: 0, seconds: 0 },
      version,
      created: new Date().toISOString(),
    };
    return { card, bytes: withCard(bytes, card), notes: notesOn(seam, quality) };
  } finally {
    await net.dispose();
  }
}

function notesOn(seam: number, quality: { model: number; bicubic: number }): string[] {
  return [
    ...(seam > 1
      ? [
          `It looks at a picture as a whole: where tiles meet, large photos may show seams of up to ${seam}/255.`,
        ]
      : []),
    ...(quality.model <= quality.bicubic
      ? [
          'On reduced photos it is further from the original than bicubic: it may be made for another purpose.',
        ]
      : []),
  ];
}

/** The most detailed part of each bundled photo. */
async function sampleCrops(): Promise<CachedPhoto[]> {
  const crops: CachedPhoto[] = [];
  for (const path of await samplePhotos())
    crops.push({ path, recipe: chooseRecipe(await loadRgb8(path), cropArea) });
  return crops;
}

/** The middle of a bundled photo. */
async function middleOf(path: string): Promise<Pixels> {
  const photo = await loadRgb8(path);
  const [width, height] = [288, 216];
  const [x, y] = [(photo.width - width) >> 1, (photo.height - height) >> 1];
  return cropPixels(photo, new Region(x, y, width, height));
}
