import { UserError } from '../base/errors';
import { countNetwork } from '../graph/count';
import type { Device } from '../latency/devices';
import { measureRatio } from '../latency/measure';
import { encodeNetwork } from '../latency/networks';
import { peakGflops } from '../latency/peak';
import { defaultModel } from '../model/library';
import { readModelFile } from '../model/modelFile';
import type { ResultOf } from '../shared/results';
import { timeTrainingSteps } from '../train/stepBench';
import { benchNetworks } from './benchPhotos';

// What a device computes, as shares of what it can do at best, and against the processor in the same run.

type BenchResult = ResultOf<'bench'>['results'][number];

export interface BenchDevice {
  device: Device;
  signal: AbortSignal;
}

const isProcessor = ({ provider }: Device): boolean => provider === 'cpu';

/** How many times as fast as the processor; nothing to tell of the processor itself. */
const faster = (name: string, ratio: number): BenchResult => ({
  name: `${name}, speed`,
  value: ratio,
  unit: 'times',
  ratio,
  of: 'that of the processor',
});

const share = (name: string, gflops: number, peak: number): BenchResult => ({
  name,
  value: gflops,
  unit: 'GFLOP/s',
  ratio: gflops / peak,
  of: 'a large matrix product',
});

export async function matrixProduct({ device }: BenchDevice): Promise<BenchResult[]> {
  const name = 'large matrix product';
  const value = await peakGflops(device.provider);
  const own: BenchResult = { name, value, unit: 'GFLOP/s' };
  return isProcessor(device) ? [own] : [own, faster(name, value / (await peakGflops('cpu')))];
}

/** Forward + backward + optimiser over the same graph cut at the loss, and its arithmetic over a large matrix product's. */
export async function trainingStep({ device }: BenchDevice): Promise<BenchResult[]> {
  const peak = await peakGflops(device.provider);
  const own = await timeTrainingSteps(device.provider);
  const cpu = isProcessor(device) ? undefined : await timeTrainingSteps('cpu');
  return own.flatMap(({ name, stepMs, lossMs, gflops }, i) => {
    const [step, of] = [`training step, ${name}`, 'the same graph cut at the loss'];
    return [
      { name: step, value: stepMs, unit: 'ms', ratio: stepMs / lossMs, of },
      share(`convolutions of it, ${name}`, gflops, peak),
      ...(cpu ? [faster(step, cpu[i]!.stepMs / stepMs)] : []),
    ];
  });
}

/** The model that `upscale` would use, or where there is none yet an untrained network of the speed `balanced`. */
export async function inference({ device, signal }: BenchDevice): Promise<BenchResult[]> {
  const { name, bytes, macsPerPixel } = await usualModel();
  const { provider } = device;
  const time = { scale: 2, signal };
  const { msPerMP, refMsPerMP, ratio } = await measureRatio(bytes, { ...time, provider });
  const cpu = isProcessor(device) ? undefined : await measureRatio(bytes, time);
  const of = 'the reference network';
  return [
    { name: of, value: refMsPerMP, unit: 'ms/MP' },
    { name, value: msPerMP, unit: 'ms/MP', ratio, of },
    share(`arithmetic of it, ${name}`, (2 * macsPerPixel) / msPerMP, await peakGflops(provider)),
    ...(cpu ? [faster(name, cpu.msPerMP / msPerMP)] : []),
  ];
}

async function usualModel(): Promise<{ name: string; bytes: Uint8Array; macsPerPixel: number }> {
  const usual = await defaultModel(2).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  if (usual) {
    const { name, macsPerPixel } = usual.card;
    return { name, macsPerPixel, bytes: (await readModelFile(usual.path)).bytes };
  }
  const { macs, outputPixels } = countNetwork(benchNetworks.balanced([16, 16]).output);
  const bytes = encodeNetwork(benchNetworks.balanced().output);
  return { name: 'balanced, untrained', bytes, macsPerPixel: macs / outputPixels };
}
