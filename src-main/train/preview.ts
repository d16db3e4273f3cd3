import { join } from 'node:path';
import { resizeBicubic } from '../data/degrade';
import { detailedCrop, mapDetail } from '../data/detail';
import { encodePhoto } from '../image/encode';
import { blankPixels, cropPixels, toPlanes, writePlanes, type Pixels } from '../image/pixels';
import { Region } from '../image/region';
import type { Provider } from '../runtime/session';
import { beliefOf } from '../search/belief';
import { relax } from '../search/choices';
import type { Candidates } from '../search/space';
import type { PreparedPhotos } from './runData';
import { SoftNet } from './softNet';
import type { HistoryPoint, TrainState } from './state';

/**
 * Size of the crop in LR pixels, and how far the network sees beyond it where the photo goes on: at the border of what
 * it sees, a network does worse than in a photo.
 */
const size = { width: 96, height: 72 };
const margin = 8;

/**
 * Shows how far a run is: what its network makes of the most detailed crop of a held-out photo, beside bicubic and the
 * original. The same photos and seed give the same crop.
 */
export class Preview {
  private net: SoftNet | undefined;
  private candidates: Candidates | undefined;

  private constructor(
    private readonly folder: string,
    /** What the network sees, and the crop within it, in LR pixels. */
    private readonly seen: Pixels,
    private readonly crop: Region,
    private readonly provider: Provider,
  ) {}

  /** Writes `crop-bicubic.png` and `crop-original.png` into the folder. UserError where it cannot be written. */
  static async open(
    folder: string,
    { cache, heldOut }: Pick<PreparedPhotos, 'cache' | 'heldOut'>,
    provider: Provider,
  ): Promise<Preview> {
    const { lr, hr } = await cache.get(heldOut[0]!);
    const { scale } = cache;
    const fits = { width: Math.min(size.width, lr.width), height: Math.min(size.height, lr.height) };
    const crop = detailedCrop(mapDetail(lr), lr, fits);
    const place = crop.grow(margin).intersect(Region.of(lr));
    const preview = new Preview(folder, cropPixels(lr, place), crop.relativeTo(place), provider);
    const enlarged = resizeBicubic(preview.seen, place.width * scale, place.height * scale);
    await preview.write('bicubic', cropPixels(enlarged, preview.crop.scale(scale)));
    await preview.write('original', cropPixels(hr, crop.scale(scale)));
    return preview;
  }

  /**
   * Upscales the crop with the present network into `crop-tailored.png` and returns what screens show of the run: the
   * point of the curves, how likely each candidate is, and where the pictures are.
   */
  async at(state: TrainState, point: HistoryPoint): Promise<Record<string, unknown>> {
    const { candidates, choices } = state;
    const relaxed = point.search ? relax(choices, point.search.radius) : {};
    if (candidates !== this.candidates) {
      await this.dispose();
      this.net = await SoftNet.compile(candidates, { ...this.seen, count: 1 }, this.provider);
      this.candidates = candidates;
    }
    const { seen, crop, net } = this;
    const { scale } = candidates;
    const data = await net!.upscale(toPlanes(seen, Region.of(seen)), state, relaxed);
    const inner = crop.scale(scale);
    const picture = blankPixels(inner.width, inner.height, 3);
    const planes = { data, width: seen.width * scale, height: seen.height * scale };
    writePlanes(planes, inner, picture, 0, 0);
    await this.write('tailored', picture);
    return {
      ...point,
      belief: beliefOf(candidates, relaxed),
      crop: { folder: this.folder, version: point.step },
    };
  }

  async dispose(): Promise<void> {
    await this.net?.dispose();
    this.net = undefined;
    this.candidates = undefined;
  }

  private async write(name: 'tailored' | 'bicubic' | 'original', picture: Pixels): Promise<void> {
    const path = join(this.folder, `crop-${name}.png`);
    await encodePhoto(picture, {}, path, { format: 'png', overwrite: true });
  }
}
