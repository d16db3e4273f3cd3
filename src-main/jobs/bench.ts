import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { throwIfCancelled, UserError } from '../base/errors';
import type { Device } from '../latency/devices';
import { measureRatio } from '../latency/measure';
import { encodeNetwork } from '../latency/networks';
import { matrixGflops } from '../latency/selfTest';
import { defaultModel } from '../model/library';
import { readModelFile } from '../model/modelFile';
import type { BenchConfig } from '../shared/config';
import type { JobContext } from '../shared/progress';
import type { ResultOf } from '../shared/results';
import { chooseDevice } from '../train/chooseDevice';
import { timeTrainingSteps } from '../train/stepBench';
import { benchMemory, benchNetworks, benchPipeline } from './benchPhotos';

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

const benches: readonly Bench[] = [
  // First, and the smaller one before, since they read the highest memory that this process ever had.
  { phase: 'memory, 100 megapixels', run: (context) => benchMemory(100, 'jpeg', 1, context) },
  { phase: 'memory, 400 megapixels', run: (context) => benchMemory(400, 'jpeg', 1.5, context) },
  { phase: 'matrix product', run: matrixProduct },
  { phase: 'training step', run: trainingStep },
  { phase: 'inference', run: inference },
  { phase: 'pipeline, balanced, JPEG', run: (context) => benchPipeline('balanced', 'jpeg', context) },
  { phase: 'pipeline, fast, JPEG', run: (context) => benchPipeline('fast', 'jpeg', context) },
  { phase: 'pipeline, fast, PNG', run: (context) => benchPipeline('fast', 'png', context) },
];

/** Measures what the program costs on this device, one figure after the other. UserError for an unknown device. */
export async function bench({ device }: BenchConfig, context: JobContext): Promise<ResultOf<'bench'>> {
  const { signal, onProgress } = context;
  const found = await chooseDevice(device, 'training', context);
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
  const bytes = usual
    ? (await readModelFile(usual.path)).bytes
    : encodeNetwork(benchNetworks.balanced().output);
  const { msPerMP, refMsPerMP, ratio } = await measureRatio(bytes, { scale: 2, signal });
  const of = 'the reference network';
  return [
    { name: of, value: refMsPerMP, unit: 'ms/MP' },
    { name: usual?.card.name ?? 'balanced, untrained', value: msPerMP, unit: 'ms/MP', ratio, of },
  ];
}
