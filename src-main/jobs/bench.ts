import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { throwIfCancelled } from '../base/errors';
import type { BenchConfig } from '../shared/config';
import type { JobContext } from '../shared/progress';
import type { ResultOf } from '../shared/results';
import { chooseDevice } from '../train/chooseDevice';
import { inference, matrixProduct, trainingStep, type BenchDevice } from './benchDevice';
import { benchMemory, benchPipeline } from './benchPhotos';

type BenchResult = ResultOf<'bench'>['results'][number];

interface BenchContext extends BenchDevice {
  /** A folder for what a bench writes; it is deleted in the end. */
  folder: string;
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
