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
 * memory does not hold a batch of tiles or a tile, it and all later ones are halved. Cancelled between runs.
 */
export async function upscaleRows(
  source: RowSource,
  net: UpscaleNet,
  sink: RowSink,
  { tile = net.tile ?? 256, overlap = net.radius, signal, onPart }: UpscaleOptions = {},
): Promise<void> {
  assert(overlap >= net.radius, `an overlap of ${overlap} is below the network's radius of ${net.radius}`);
  const { scale } = net;
  assert(sink.width === source.width * scale, 'the result has the scaled width');
  const picture = Region.of(source);
  const flatAlpha = hasAlpha(source) ? await constantAlpha(source) : undefined;
  const kinds: readonly PlaneKind[] =
    hasAlpha(source) && flatAlpha === undefined ? ['alpha', 'premultiplied'] : ['colour'];
  let [side, batch] = [tile, net.batch ?? 1];
  let done = 0;
  for (const band of bandsOf(tiles(source, { tile, overlap }).map(({ core }) => core))) {
    const { y, height } = band[0]!;
    const seen = new Region(0, y, source.width, height).grow(Math.max(overlap, 1)).intersect(picture);
    const lr = await source.rows(seen.y, seen.height);
    const hr = sink.band(y * scale, height * scale);
    if (flatAlpha !== undefined) fillAlpha(hr, flatAlpha);
    await upscaleBand(band, lr, seen.y, hr, y);
    await sink.put(y * scale, hr);
  }

  /** `lr` are the picture's rows from `lrTop` on, `hr` those of the result that belong to `hrTop` of the picture. */
  async function upscaleBand(
    band: readonly Region[],
    lr: Pixels,
    lrTop: number,
    hr: Pixels,
    hrTop: number,
  ): Promise<void> {
    for (let waiting = band; waiting.length > 0;) {
      waiting = waiting.flatMap((core) => cut(core, side));
      const group = alike(waiting.slice(0, batch));
      try {
        for (const kind of kinds) {
          if (signal) throwIfCancelled(signal);
          await upscaleTiles(group, kind);
        }
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        const longest = Math.max(group[0]!.width, group[0]!.height);
        if (group.length > 1) batch = Math.ceil(group.length / 2);
        else if (longest > leastTile) side = Math.ceil(longest / 2);
        else throw error;
        continue;
      }
      waiting = waiting.slice(group.length);
      done += group.reduce((sum, core) => sum + core.area, 0);
      onPart?.(done / picture.area);
    }

    async function upscaleTiles(cores: readonly Region[], kind: PlaneKind): Promise<void> {
      const inputs = cores.map(inputOf);
      const { width, height, area } = inputs[0]!;
      const planes = new Float32Array(cores.length * 3 * area);
      for (const [i, input] of inputs.entries())
        planes.set(toPlanes(lr, input.translate(0, -lrTop), kind), i * 3 * area);
      const results = await net.run(planes, height, width);
      assert(results.length === planes.length * scale ** 2, 'a network returns planes of the scaled size');
      assertFinite(results);
      for (const [i, core] of cores.entries()) {
        const size = results.length / cores.length;
        const data = results.subarray(i * size, (i + 1) * size);
        const [x, y] = [core.x * scale, (core.y - hrTop) * scale];
        const crop = core.relativeTo(inputs[i]!).scale(scale);
        writePlanes({ data, width: width * scale, height: height * scale }, crop, hr, x, y, kind);
        if (kind === 'alpha') limitAlpha(lr, core.translate(0, -lrTop), hr, x, y, scale);
      }
    }
  }

  /** What the network sees of the picture to make a tile's core. */
  function inputOf(core: Region): Region {
    return core.grow(overlap).intersect(picture);
  }

  /** The leading ones of these cores whose inputs have one size. */
  function alike(cores: readonly Region[]): readonly Region[] {
    const [first, ...others] = cores.map(inputOf);
    const unlike = others.findIndex(
      ({ width, height }) => width !== first!.width || height !== first!.height,
    );
    return unlike < 0 ? cores : cores.slice(0, 1 + unlike);
  }
}

/** A region in parts of at most `side` x `side` pixels. */
const cut = (region: Region, side: number): Region[] =>
  tiles(region, { tile: side, overlap: 0 }).map(({ core }) => core.translate(region.x, region.y));

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
