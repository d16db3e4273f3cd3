import { assert, isOutOfMemory, throwIfCancelled } from '../base/errors';
import { limitAlpha } from '../image/alpha';
import { hasAlpha, toPlanes, writePlanes, type Pixels, type PlaneKind } from '../image/pixels';
import { Region } from '../image/region';
import type { RowSink, RowSource } from '../image/rows';
import { tiles } from './tiles';
import type { UpscaleNet, UpscaleOptions } from './upscaleImage';

/** A tile that does not fit in the device's memory is halved down to this side. */
const leastTile = 16;

/** So many pixels are looked at a time to see whether a picture is opaque. */
const alphaPixels = 4e6;

/**
 * Upscales a picture tile by tile, one band of tiles after the other: of `source` no more than a band with its overlap is
 * read at a time, and each finished band goes to `sink`. Since the overlap is at least the receptive radius, a tile's core
 * is what the network would give on the whole picture: nothing needs blending. Grey goes through as RGB and comes back
 * grey; alpha is upscaled as a grey picture of its own, and colours count as much as they are seen. Where the device's
 * memory does not hold a tile, it and all later ones are halved. Cancelled between tiles.
 */
export async function upscaleRows(
  source: RowSource,
  net: UpscaleNet,
  sink: RowSink,
  { tile = net.tile ?? 256, overlap = net.radius, signal, onTile }: UpscaleOptions = {},
): Promise<void> {
  assert(overlap >= net.radius, `an overlap of ${overlap} is below the network's radius of ${net.radius}`);
  const { scale } = net;
  assert(sink.width === source.width * scale, 'the result has the scaled width');
  const picture = Region.of(source);
  const flatAlpha = hasAlpha(source) ? await constantAlpha(source) : undefined;
  const list = tiles(source, { tile, overlap });
  let side = tile;
  let done = 0;
  for (const band of bandsOf(list.map(({ core }) => core))) {
    const { y, height } = band[0]!;
    const seen = new Region(0, y, source.width, height).grow(Math.max(overlap, 1)).intersect(picture);
    const lr = await source.rows(seen.y, seen.height);
    const hr = sink.band(y * scale, height * scale);
    if (flatAlpha !== undefined) fillAlpha(hr, flatAlpha);
    for (const core of band) {
      await upscaleCore(core, lr, seen.y, hr, y);
      onTile?.(++done, list.length);
    }
    await sink.put(y * scale, hr);
  }

  /** `lr` are the picture's rows from `lrTop` on, `hr` those of the result that belong to `hrTop` of the picture. */
  async function upscaleCore(
    core: Region,
    lr: Pixels,
    lrTop: number,
    hr: Pixels,
    hrTop: number,
  ): Promise<void> {
    for (const part of tiles(core, { tile: side, overlap: 0 })) {
      if (signal) throwIfCancelled(signal);
      const inner = new Region(core.x + part.core.x, core.y + part.core.y, part.core.width, part.core.height);
      const input = inner.grow(overlap).intersect(picture);
      try {
        if (hasAlpha(source) && flatAlpha === undefined) {
          await upscaleTile('alpha');
          const rows = new Region(inner.x, inner.y - lrTop, inner.width, inner.height);
          limitAlpha(lr, rows, hr, inner.x * scale, (inner.y - hrTop) * scale, scale);
          await upscaleTile('premultiplied');
        } else await upscaleTile('colour');
      } catch (error) {
        const longest = Math.max(inner.width, inner.height);
        if (!isOutOfMemory(error) || longest <= leastTile) throw error;
        side = Math.ceil(longest / 2);
        await upscaleCore(inner, lr, lrTop, hr, hrTop);
      }

      async function upscaleTile(channel: PlaneKind): Promise<void> {
        const read = new Region(input.x, input.y - lrTop, input.width, input.height);
        const data = await net.run(toPlanes(lr, read, channel), input.height, input.width);
        const planes = { data, width: input.width * scale, height: input.height * scale };
        assert(
          data.length === 3 * planes.width * planes.height,
          'a network returns planes of the scaled size',
        );
        assertFinite(data);
        const crop = inner.relativeTo(input).scale(scale);
        writePlanes(planes, crop, hr, inner.x * scale, (inner.y - hrTop) * scale, channel);
      }
    }
  }
}

/** The tiles row by row. */
function bandsOf(cores: readonly Region[]): Region[][] {
  const bands = new Map<number, Region[]>();
  for (const core of cores) {
    const band = bands.get(core.y);
    if (band) band.push(core);
    else bands.set(core.y, [core]);
  }
  return [...bands.values()];
}

/** The alpha that all pixels share, if they do: an opaque picture must stay exactly opaque, and costs no second run. */
async function constantAlpha(source: RowSource): Promise<number | undefined> {
  const { width, height, channels } = source;
  const step = Math.max(1, Math.floor(alphaPixels / width));
  let alpha: number | undefined;
  for (let y = 0; y < height; y += step) {
    const { data } = await source.rows(y, Math.min(step, height - y));
    alpha ??= data[channels - 1]!;
    for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== alpha) return undefined;
  }
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
