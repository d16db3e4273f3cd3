import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Rng } from '../base/rng';
import { encodePhoto } from '../image/encode';
import type { Pixels } from '../image/pixels';
import { temporaryBeside } from '../image/temporary';
import { makeUncompressed } from '../image/uncompressed';
import type { Device } from '../latency/devices';
import { median } from '../latency/measure';
import { encodeNetwork, plainNetwork, tileSide } from '../latency/networks';
import { openForeignModel, type OpenModel } from '../model/modelFile';
import type { PhotoFormat } from '../shared/formats';
import type { ResultOf } from '../shared/results';
import { tiles } from '../tiling/tiles';
import { upscalePhotos } from './upscale';

type BenchResult = ResultOf<'bench'>['results'][number];

interface BenchPlace {
  device: Device;
  /** A folder for what a bench writes; it is deleted in the end. */
  folder: string;
  signal: AbortSignal;
}

type PictureSize = readonly [height: number, width: number];

/** Untrained x2 networks: at about the ratios of the budgets `fast` and `balanced`, and one that takes next to no time. */
export const benchNetworks = {
  tiny: (size?: PictureSize) => plainNetwork(4, 1, size),
  fast: (size?: PictureSize) => plainNetwork(16, 4, size),
  balanced: (size?: PictureSize) => plainNetwork(32, 6, size),
};
type Speed = keyof typeof benchNetworks;

const photoCount = 24;
/** Of a photo whose result has 12 megapixels. */
const photoSize = { width: 2000, height: 1500 };

/** A folder of photos from file to file, against the bare network on single tiles, the overlap of tiles excluded. */
export async function benchPipeline(
  speed: Speed,
  format: PhotoFormat,
  { device, folder, signal }: BenchPlace,
): Promise<BenchResult[]> {
  const name = `${speed}-${format}`;
  const inputs: string[] = [];
  for (let i = 0; i < photoCount; i++) {
    inputs.push(join(folder, `${name}-${i}.${format}`));
    await writePhoto(inputs[i]!, format, photoSize, i);
  }
  const net = await openPlain(speed, folder, device);
  try {
    const before = await bareSpeed(net);
    const start = performance.now();
    await upscaled(inputs, join(folder, `${name}-out`), net, signal);
    const seconds = (performance.now() - start) / 1000;
    const bare = (before + (await bareSpeed(net))) / 2;
    const area = photoSize.width * photoSize.height;
    const megapixels = (photoCount * area * net.scale ** 2) / 1e6;
    const list = tiles(photoSize, { tile: tileSide, overlap: net.radius });
    const seen = list.reduce((sum, { input }) => sum + input.area, 0) / area;
    const ratio = ((megapixels / seconds) * seen) / bare;
    const of = 'the bare network, tile overlap excluded';
    const files = `${format} to ${format}, ${speed}`;
    return [
      { name: `bare network, ${speed}`, value: bare, unit: 'MP/s' },
      { name: files, value: megapixels / seconds, unit: 'MP/s', ratio, of },
      { name: `photos of 12 megapixels, ${files}`, value: (60 * photoCount) / seconds, unit: 'photos/min' },
    ];
  } finally {
    await net.dispose();
  }
}

/**
 * Highest resident memory of this process after one result of that many megapixels. It counts what was there before, so
 * larger results come after smaller ones.
 */
export async function benchMemory(
  megapixels: number,
  format: PhotoFormat,
  limit: number,
  { device, folder, signal }: BenchPlace,
): Promise<BenchResult[]> {
  const height = Math.round(Math.sqrt((megapixels * 1e6) / 6));
  const input = join(folder, `large-${megapixels}.${format}`);
  await writePhoto(input, format, { width: Math.round(1.5 * height), height }, megapixels);
  const net = await openPlain('tiny', folder, device);
  try {
    await upscaled([input], join(folder, `large-${megapixels}-${format}`), net, signal);
  } finally {
    await net.dispose();
  }
  const gigabytes = process.resourceUsage().maxRSS / 1e6;
  const name = `highest memory, ${format} of ${megapixels} megapixels, tiny network`;
  return [{ name, value: gigabytes * 1000, unit: 'MB', ratio: gigabytes / limit, of: `${limit} GB` }];
}

async function openPlain(speed: Speed, folder: string, { provider }: Device): Promise<OpenModel> {
  const { output, radius } = benchNetworks[speed]();
  const path = join(folder, `${speed}.onnx`);
  await writeFile(path, encodeNetwork(output));
  const net = await openForeignModel(path, { provider });
  return { ...net, radius };
}

async function upscaled(inputs: string[], out: string, net: OpenModel, signal: AbortSignal): Promise<void> {
  const waiting = { scale: net.scale, load: () => Promise.resolve(net) };
  const { files } = await upscalePhotos({ inputs, out }, waiting, { signal, onProgress: () => undefined });
  for (const { status, reason } of files)
    if (status !== 'done') throw new Error(`the bench could not upscale: ${reason ?? status}`);
}

/** Output megapixels a second on single tiles. */
async function bareSpeed(net: OpenModel): Promise<number> {
  const tile = new Float32Array(3 * tileSide ** 2).map((_, i) => (i % 251) / 251);
  const seconds: number[] = [];
  await net.run(tile, tileSide, tileSide);
  for (let i = 0; i < 15; i++) {
    const start = performance.now();
    await net.run(tile, tileSide, tileSide);
    seconds.push((performance.now() - start) / 1000);
  }
  return (net.scale * tileSide) ** 2 / 1e6 / median(seconds);
}

/** Writes waves, edges and a little noise, about as hard to encode as a photo; made in bands, to need little memory. */
async function writePhoto(
  path: string,
  format: PhotoFormat,
  size: { width: number; height: number },
  seed: number,
): Promise<void> {
  const picture = await makeUncompressed({ ...size, channels: 3, depth: 8 }, () =>
    Promise.resolve(temporaryBeside(path)),
  );
  try {
    const paint = painter(seed);
    for (let y = 0; y < size.height; y += 256) {
      const band = picture.band(y, Math.min(256, size.height - y));
      paint(band, y);
      await picture.put(y, band);
    }
    await encodePhoto(picture, {}, path, { format });
  } finally {
    await picture.close();
  }
}

function painter(seed: number): (band: Pixels, top: number) => void {
  const rng = new Rng(seed);
  const noise = Float32Array.from({ length: 4093 }, () => 6 * rng.normal());
  const [a, b] = [0.01 + 0.05 * rng.next(), 0.01 + 0.05 * rng.next()];
  return ({ width, height, data }, top) => {
    for (let row = 0, i = 0, n = top * 61; row < height; row++) {
      const y = top + row;
      for (let x = 0; x < width; x++) {
        const edge = (x >> 6) % 2 === (y >> 5) % 2 ? 40 : 0;
        const base = 108 + 60 * Math.sin(a * x + b * y) + edge;
        for (let c = 0; c < 3; c++, i++, n++)
          data[i] = Math.min(255, Math.max(0, base + 20 * c - 20 + noise[n % noise.length]!));
      }
    }
  };
}
