import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { throwIfCancelled, UserError } from '../base/errors';
import { Rng } from '../base/rng';
import { readHeader } from '../image/decode';
import { encodePhoto } from '../image/encode';
import { blankPixels, type Pixels } from '../image/pixels';
import { findDevice, type Device } from '../latency/devices';
import { measureRatio, median } from '../latency/measure';
import { encodeNetwork, plainNetwork, tileSide } from '../latency/networks';
import { matrixGflops } from '../latency/selfTest';
import { defaultModel } from '../model/library';
import { openForeignModel, readModelFile, type OpenModel } from '../model/modelFile';
import type { BenchConfig } from '../shared/config';
import type { PhotoFormat } from '../shared/formats';
import type { JobContext } from '../shared/progress';
import type { ResultOf } from '../shared/results';
import { tiles } from '../tiling/tiles';
import { timeTrainingSteps } from '../train/stepBench';
import { upscalePhotos } from './upscale';

type BenchResult = ResultOf<'bench'>['results'][number];

interface BenchContext {
  device: Device;
  /** A folder for what a bench writes; it is deleted in the end. */
  folder: string;
  signal: AbortSignal;
}

/** One thing that is measured, each figure beside a reference from the same run. */
interface Bench {
  /** In words for people. */
  phase: string;
  run: (context: BenchContext) => Promise<BenchResult[]>;
}

/** Untrained networks at about the ratios of the budgets `fast` and `balanced` at x2. */
const networks = { fast: () => plainNetwork(16, 4), balanced: () => plainNetwork(32, 6) };

const benches: readonly Bench[] = [
  // First, since it reads the highest memory that this process ever had.
  { phase: 'memory', run: memory },
  { phase: 'matrix product', run: matrixProduct },
  { phase: 'training step', run: trainingStep },
  { phase: 'inference', run: inference },
  { phase: 'pipeline, balanced, JPEG', run: (context) => pipeline('balanced', 'jpeg', context) },
  { phase: 'pipeline, fast, JPEG', run: (context) => pipeline('fast', 'jpeg', context) },
  { phase: 'pipeline, fast, PNG', run: (context) => pipeline('fast', 'png', context) },
];

/** Measures what the program costs on this device, one figure after the other. UserError for an unknown device. */
export async function bench(
  { device }: BenchConfig,
  { signal, onProgress }: JobContext,
): Promise<ResultOf<'bench'>> {
  const found = findDevice(device);
  const folder = await mkdtemp(join(tmpdir(), 'pixel-tailor-bench-'));
  const results: BenchResult[] = [];
  try {
    for (const [i, { phase, run }] of benches.entries()) {
      throwIfCancelled(signal);
      onProgress({ event: 'progress', phase: 'measuring', fraction: i / benches.length, message: phase });
      results.push(...(await run({ device: found, folder, signal })));
    }
    return { results };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function matrixProduct({ device }: BenchContext): Promise<BenchResult[]> {
  return [{ name: 'large matrix product', value: await matrixGflops(device.provider), unit: 'GFLOP/s' }];
}

/** Forward + backward + Adam over the same graph cut at the loss, and its arithmetic over a large matrix product's. */
async function trainingStep({ device }: BenchContext): Promise<BenchResult[]> {
  const peak = await matrixGflops(device.provider);
  return (await timeTrainingSteps()).flatMap(({ name, stepMs, lossMs, gflops }) => [
    {
      name: `training step, ${name}`,
      value: stepMs,
      unit: 'ms',
      ratio: stepMs / lossMs,
      of: 'the same graph cut at the loss',
    },
    {
      name: `convolutions of it, ${name}`,
      value: gflops,
      unit: 'GFLOP/s',
      ratio: gflops / peak,
      of: 'a large matrix product',
    },
  ]);
}

/** The model that `upscale` would use, or where there is none yet an untrained network of the speed `balanced`. */
async function inference({ signal }: BenchContext): Promise<BenchResult[]> {
  const usual = await defaultModel(2).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const bytes = usual ? (await readModelFile(usual.path)).bytes : encodeNetwork(networks.balanced().output);
  const { msPerMP, refMsPerMP, ratio } = await measureRatio(bytes, { scale: 2, signal });
  const of = 'the reference network';
  return [
    { name: of, value: refMsPerMP, unit: 'ms/MP' },
    { name: usual?.card.name ?? 'balanced, untrained', value: msPerMP, unit: 'ms/MP', ratio, of },
  ];
}

/** Photos from file to file against the bare network on single tiles, the overlap of tiles excluded. */
async function pipeline(
  speed: keyof typeof networks,
  format: PhotoFormat,
  { folder, signal }: BenchContext,
): Promise<BenchResult[]> {
  const name = `${speed}-${format}`;
  const [width, height, count] = [1280, 960, 3];
  const inputs: string[] = [];
  for (let i = 0; i < count; i++) {
    inputs.push(join(folder, `${name}-${i}.${format}`));
    await encodePhoto(syntheticPhoto(width, height, i), {}, inputs[i]!, { format });
  }
  const net = await openPlain(speed, folder);
  try {
    const before = await bareSpeed(net);
    const start = performance.now();
    await upscaled(inputs, join(folder, `${name}-out`), net, signal);
    const seconds = (performance.now() - start) / 1000;
    const bare = (before + (await bareSpeed(net))) / 2;
    const megapixels = (count * width * height * net.scale ** 2) / 1e6;
    const list = tiles({ width, height }, { tile: tileSide, overlap: net.radius });
    const seen = list.reduce((sum, { input }) => sum + input.area, 0) / (width * height);
    const ratio = ((megapixels / seconds) * seen) / bare;
    return [
      { name: `bare network, ${speed}`, value: bare, unit: 'MP/s' },
      {
        name: `${format} to ${format}, ${speed}`,
        value: megapixels / seconds,
        unit: 'MP/s',
        ratio,
        of: 'the bare network, tile overlap excluded',
      },
    ];
  } finally {
    await net.dispose();
  }
}

/** Highest resident memory of this process after an output of 100 megapixels. */
async function memory({ folder, signal }: BenchContext): Promise<BenchResult[]> {
  const input = join(folder, 'large.jpeg');
  await encodePhoto(syntheticPhoto(6144, 4096, 9), {}, input, { format: 'jpeg' });
  const net = await openPlain('fast', folder);
  try {
    await upscaled([input], join(folder, 'large'), net, signal);
  } finally {
    await net.dispose();
  }
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const name = 'highest memory, output of 100 megapixels';
  return [{ name, value: megabytes, unit: 'MB', ratio: megabytes / 1024, of: '1 GB' }];
}

async function openPlain(speed: keyof typeof networks, folder: string): Promise<OpenModel> {
  const { output, radius } = networks[speed]();
  const path = join(folder, `${speed}.onnx`);
  await writeFile(path, encodeNetwork(output));
  const net = await openForeignModel(path);
  return { ...net, radius };
}

async function upscaled(inputs: string[], out: string, net: OpenModel, signal: AbortSignal): Promise<void> {
  const { files } = await upscalePhotos(
    { inputs, out },
    { scale: net.scale, load: () => Promise.resolve(net) },
    {
      signal,
      onProgress: () => undefined,
    },
  );
  for (const { status, reason, output } of files) {
    if (status !== 'done') throw new Error(`the bench could not upscale: ${reason ?? status}`);
    await readHeader(output);
  }
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

/** Waves, edges and a little noise: about as hard to encode as a photo. */
function syntheticPhoto(width: number, height: number, seed: number): Pixels {
  const rng = new Rng(seed);
  const pixels = blankPixels(width, height, 3);
  const noise = Float32Array.from({ length: 4093 }, () => 6 * rng.normal());
  const [a, b] = [0.01 + 0.05 * rng.next(), 0.01 + 0.05 * rng.next()];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = (x >> 6) % 2 === (y >> 5) % 2 ? 40 : 0;
      const base = 108 + 60 * Math.sin(a * x + b * y) + edge;
      for (let c = 0; c < 3; c++, i++)
        pixels.data[i] = Math.min(255, Math.max(0, base + 20 * c - 20 + noise[i % noise.length]!));
    }
  }
  return pixels;
}
