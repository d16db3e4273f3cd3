import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What Dawn, the library behind the WebGPU provider, tells of a GPU. */
export interface Gpu {
  /** As its driver calls it. */
  name: string;
  /** The driver and its version. */
  driver: string;
}

/** The part of the optional package `webgpu` (Dawn for Node) that is used here. */
interface Dawn {
  create: (options: readonly string[]) => {
    requestAdapter: (options: object) => Promise<{ info: { device: string; description: string } } | null>;
  };
}

/** Named by a variable, so that neither bundler nor compiler asks for a package that need not be there. */
const dawnPackage = 'webgpu';

/**
 * The GPU that the WebGPU provider takes, which onnxruntime does not name: the same library is asked for the same choice.
 * Undefined where there is none, or no such package. Loads the GPU's driver: for processes that may be lost.
 */
export async function webgpuDevice(): Promise<Gpu | undefined> {
  const dawn = await (import(dawnPackage) as Promise<Dawn>).catch(() => undefined);
  const adapter = await dawn?.create([]).requestAdapter({ powerPreference: 'high-performance' });
  if (!dawn || !adapter) return undefined;
  const { device, description } = adapter.info;
  // The web's names are worn smooth: "nvidia-geforce-rtx-3080". Whole ones are told when none fits what was asked for.
  const names = await dawn
    .create(['adapter=none of this name'])
    .requestAdapter({})
    .then(() => [], namesIn);
  return { name: names.find((name) => smooth(name) === smooth(device)) ?? device, driver: description };
}

const namesIn = (error: unknown): string[] =>
  [...String(error).matchAll(/name: '(.+)'$/gm)].map(([, name]) => name!.trim());

const smooth = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');

/** What Nvidia's driver calls its GPUs. Undefined without one, and where they differ: which one CUDA takes it does not tell. */
export async function nvidiaName(): Promise<string | undefined> {
  try {
    const args = ['--query-gpu=name', '--format=csv,noheader'];
    const { stdout } = await promisify(execFile)('nvidia-smi', args, { timeout: 5000 });
    const [name, ...others] = new Set(stdout.trim().split(/\r?\n/));
    return others.length === 0 ? name : undefined;
  } catch {
    return undefined;
  }
}
