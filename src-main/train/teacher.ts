import { throwIfCancelled } from '../base/errors';
import { blankPixels, type Pixels } from '../image/pixels';
import { upright } from '../image/upright';
import { listModels } from '../model/library';
import { openModel } from '../model/modelFile';
import type { Provider } from '../runtime/session';
import type { JobContext, SearchPhase } from '../shared/progress';
import { upscaleImage, type UpscaleNet } from '../tiling/upscaleImage';
import type { PreparedPhotos } from './runData';
import type { TrainState } from './state';

export const teaching = {
  /** How much of what is learned the teacher says; the photo says the rest. */
  share: 0.8,
  /**
   * The EXIF orientations in which the teacher sees each photo, for the mean of what it makes of them. A searched network of
   * 126 K parameters (x2): 38.12 dB on crops with one, 38.19 with these two, 38.23 with all eight.
   */
  orientations: [1, 7],
  /** Most of a search's training time that may go into it. */
  timeShare: 0.1,
};

/** Training photos, by their indices into the cache. */
type Pupils = Pick<PreparedPhotos, 'cache' | 'train'>;

/**
 * Has the photos of a run taught by the best stock model that takes a tenth of the training's time for that at most, where
 * there is one and the cache can keep what it says. The time counts as the training's.
 */
export async function teachByStock(
  state: TrainState,
  photos: Pupils,
  { provider, ...context }: JobContext & { provider: Provider },
): Promise<void> {
  const began = performance.now();
  const { models } = await listModels();
  const { orientations, timeShare } = teaching;
  const { ratio, msPerMP } = state.aim!.budget;
  // By the reference network.
  const seconds = (orientations.length * megapixelsOf(photos) * msPerMP) / ratio / 1000;
  const [best] = models
    .filter(({ card }) => card.kind === 'stock' && card.scale === photos.cache.scale)
    .filter(({ card }) => card.ratio * seconds <= timeShare * state.plan.tune)
    .sort((a, b) => b.card.psnr.model - a.card.psnr.model);
  if (!best || !photos.cache.holdsAll()) return;
  const net = await openModel(best.path, { provider });
  await teach(photos, net, context).finally(() => net.dispose());
  state.seconds += (performance.now() - began) / 1000;
}

function megapixelsOf({ cache, train }: Pupils): number {
  const sizes = train.map((index) => cache.size(index));
  return sizes.reduce((sum, { width, height }) => sum + width * height, 0) / 1e6;
}

/**
 * Knowledge distillation (Hinton, Vinyals and Dean, 2015): from here on the training photos are learned as a mix of
 * themselves and of what a better network makes of their LR pictures. Many photos could have become the same LR picture, and
 * which of them it was is noise in the gradient; the teacher gives something near their mean. Held-out photos stay as they are.
 * The cache must hold all photos: one that is forgotten is prepared anew, untaught.
 */
export async function teach(
  { cache, train }: Pupils,
  teacher: UpscaleNet,
  { signal, onProgress }: JobContext,
): Promise<void> {
  for (const [i, index] of train.entries()) {
    throwIfCancelled(signal);
    const { lr, hr } = await cache.get(index);
    const made: Pixels[] = [];
    for (const orientation of teaching.orientations)
      made.push(upright(await upscaleImage(upright(lr, orientation), teacher, { signal }), orientation));
    cache.put(index, { lr, hr: mixed(hr, made) });
    onProgress({
      event: 'progress',
      phase: 'training the model' satisfies SearchPhase,
      fraction: (i + 1) / train.length,
      message: `the teacher looks at ${cache.photos[index]!.path}`,
    });
  }
}

function mixed(photo: Pixels, made: readonly Pixels[]): Pixels {
  const { width, height, channels, data } = photo;
  const out = blankPixels(width, height, channels);
  const share = teaching.share / made.length;
  for (let i = 0; i < data.length; i++) {
    let value = (1 - teaching.share) * data[i]!;
    for (const picture of made) value += share * picture.data[i]!;
    out.data[i] = Math.round(value);
  }
  return out;
}
