import { assert, throwIfCancelled, UserError } from '../base/errors';
import { blankPixels, hasAlpha, toPlanes, writePlanes, type Pixels } from '../image/pixels';
import { Region } from '../image/region';
import { tiles } from './tiles';

/** A network as tiling sees it. */
export interface UpscaleNet {
  /** Upscaling factor. */
  scale: number;
  /** How far, in pixels of the small picture, an output pixel looks: its receptive radius. */
  radius: number;
  /** RGB planes [3, h, w] in 0..1 to [3, h * scale, w * scale]. */
  run(planes: Float32Array, height: number, width: number): Promise<Float32Array>;
}

export interface UpscaleOptions {
  /** Largest side of a tile's core, in pixels of the small picture (default 256). */
  tile?: number;
  /** Pixels around a core that the network sees too (default and least: the network's radius). */
  overlap?: number;
  signal?: AbortSignal;
  onTile?: (done: number, all: number) => void;
}

/** The largest output, in megapixels: it is held in memory as a whole. */
const maxOutputMegapixels = 1000;

/**
 * Upscales a picture tile by tile. Since the overlap is at least the receptive radius, a tile's core is what the network
 * would give on the whole picture: nothing needs blending. Grey goes through as RGB and comes back grey; alpha is
 * upscaled as a grey picture of its own. UserError where the output would be too large; Cancelled between tiles.
 */
export async function upscaleImage(
  pixels: Pixels,
  net: UpscaleNet,
  { tile = 256, overlap = net.radius, signal, onTile }: UpscaleOptions = {},
): Promise<Pixels> {
  assert(overlap >= net.radius, `an overlap of ${overlap} is below the network's radius of ${net.radius}`);
  const width = pixels.width * net.scale;
  const height = pixels.height * net.scale;
  if (width * height > maxOutputMegapixels * 1e6) {
    throw new UserError(
      `The picture would have ${Math.round((width * height) / 1e6)} megapixels; at most ${maxOutputMegapixels} fit in memory. Choose a smaller scale.`,
    );
  }
  const out = blankPixels(width, height, pixels.channels, pixels.depth);
  const flatAlpha = hasAlpha(pixels) ? constantAlpha(pixels) : undefined;
  if (flatAlpha !== undefined) fillAlpha(out, flatAlpha);
  const list = tiles(pixels, { tile, overlap });
  for (const [i, { core, input }] of list.entries()) {
    if (signal) throwIfCancelled(signal);
    await upscaleTile('colour', core, input);
    if (hasAlpha(pixels) && flatAlpha === undefined) await upscaleTile('alpha', core, input);
    onTile?.(i + 1, list.length);
  }
  return out;

  async function upscaleTile(channel: 'colour' | 'alpha', core: Region, input: Region): Promise<void> {
    const data = await net.run(toPlanes(pixels, input, channel), input.height, input.width);
    const planes = { data, width: input.width * net.scale, height: input.height * net.scale };
    assert(data.length === 3 * planes.width * planes.height, 'a network returns planes of the scaled size');
    assertFinite(data);
    const crop = core.relativeTo(input).scale(net.scale);
    writePlanes(planes, crop, out, core.x * net.scale, core.y * net.scale, channel);
  }
}

/** The alpha that all pixels share, if they do: an opaque picture must stay exactly opaque, and costs no second run. */
function constantAlpha({ data, channels }: Pixels): number | undefined {
  const alpha = data[channels - 1]!;
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== alpha) return undefined;
  return alpha;
}

function fillAlpha({ data, channels }: Pixels, alpha: number): void {
  for (let i = channels - 1; i < data.length; i += channels) data[i] = alpha;
}

function assertFinite(values: Float32Array): void {
  // The sum is not finite as soon as one value is not.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  if (!Number.isFinite(sum)) throw new Error('The network returned values that are not numbers.');
}
