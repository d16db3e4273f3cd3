import { createRequire } from 'node:module';
import { UserError } from '../base/errors';
import type { Tfjs } from './tfjsOps';

const packageName = '@tensorflow/tfjs-node-gpu';
const here = createRequire(import.meta.url);

/** Whether the optional package is there at all; {@link tensorflow} tells whether it works. */
export function tensorflowInstalled(require: NodeJS.Require = here): boolean {
  try {
    require.resolve(packageName);
    return true;
  } catch {
    return false;
  }
}

/**
 * TensorFlow on this machine's CUDA GPU, by the optional package, loaded when first asked for. Throws a {@link UserError}
 * where it is not installed, does not load or finds no GPU: on the CPU onnxruntime is the better choice.
 */
export function tensorflow(require: NodeJS.Require = here): Tfjs {
  if (!tensorflowInstalled(require))
    throw new UserError(
      `TensorFlow is not installed: run "npm install ${packageName}", or choose another --device.`,
    );
  prepare(require);
  let tf: Tfjs;
  try {
    tf = require(packageName) as Tfjs;
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new UserError(
      `TensorFlow does not load (${reason ?? ''}): run "npm rebuild ${packageName}", or choose another --device.`,
    );
  }
  const backend = tf.backend() as { isUsingGpuDevice?: boolean };
  if (backend.isUsingGpuDevice !== true)
    throw new UserError(
      'TensorFlow finds no CUDA GPU: install CUDA 11.2 and cuDNN 8.1, or choose another --device.',
    );
  return tf;
}

/** What the package and the library under it need before they are loaded. */
function prepare(require: NodeJS.Require): void {
  // Node 23 dropped two functions that the package's last release (4.22) calls; both see the same module object.
  const util = require('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (x: unknown) => x === null || x === undefined;
  util['isArray'] ??= Array.isArray;
  const environment = {
    // Products in full float32, like those of every other device; small networks wait for memory, not for arithmetic.
    NVIDIA_TF32_OVERRIDE: '0',
    // Memory as needed instead of all of the GPU's at once.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    // No notes on standard error about what the library was built with.
    TF_CPP_MIN_LOG_LEVEL: '2',
  };
  for (const [name, value] of Object.entries(environment)) process.env[name] ??= value;
}
