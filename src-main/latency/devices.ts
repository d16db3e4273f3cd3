import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import type { Provider } from '../runtime/session';
import { tensorflowInstalled } from '../runtime/tensorflow';
import { driverFiles } from './drivers';

export interface Device {
  id: string;
  /** What people call it: the processor's name, or a GPU's as its driver tells it. */
  name: string;
  provider: Provider;
}

/** What the processor is called; some systems leave it empty. */
export const processorName = (): string => cpus()[0]?.model.trim() || 'unknown processor';

export const processor = (): Device => ({ id: 'cpu', name: processorName(), provider: 'cpu' });

/** Providers that compute what finished networks need, but no training step. */
export const inferenceOnly: ReadonlySet<string> = new Set<Provider>(['coreml']);

/** Providers that compute our own graphs, but not other people's networks. */
export const trainingOnly: ReadonlySet<string> = new Set<Provider>(['tensorflow']);

/** Where each provider is worth a try; the names are those of GPUs that nothing more is known of. */
const gpus: readonly (Device & { isWorthTrying: () => boolean })[] = [
  {
    ...{ id: 'gpu', name: 'GPU (WebGPU)', provider: 'webgpu' },
    // The runtime has no WebGPU for Linux on ARM.
    isWorthTrying: () => process.platform !== 'linux' || (process.arch === 'x64' && driverFiles().length > 0),
  },
  {
    ...{ id: 'directml', name: 'GPU (DirectML)', provider: 'dml' },
    isWorthTrying: () => process.platform === 'win32',
  },
  {
    ...{ id: 'coreml', name: 'GPU and Neural Engine (Core ML)', provider: 'coreml' },
    isWorthTrying: () => process.platform === 'darwin',
  },
  { ...{ id: 'cuda', name: 'Nvidia GPU (CUDA)', provider: 'cuda' }, isWorthTrying: hasCudaFiles },
  {
    ...{ id: 'tensorflow', name: 'Nvidia GPU (TensorFlow)', provider: 'tensorflow' },
    isWorthTrying: () => tensorflowInstalled(),
  },
];

/**
 * The processor, and what may be there besides. Whether it is, what it is called and whether it can be used is for the
 * self-test to say. Costs next to nothing.
 */
export function possibleDevices(): Device[] {
  const worthTrying = gpus.filter(({ isWorthTrying }) => isWorthTrying());
  return [processor(), ...worthTrying.map(({ id, name, provider }): Device => ({ id, name, provider }))];
}

/** They are no part of the package that is installed: who has them has put them there. */
function hasCudaFiles(): boolean {
  const { platform, arch } = process;
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  try {
    const files = readdirSync(join(root, 'bin', 'napi-v6', platform, arch));
    return files.some((name) => /onnxruntime_providers_cuda/.test(name));
  } catch {
    return false;
  }
}
