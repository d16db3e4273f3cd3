import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { guarded } from './guarded';

// onnxruntime-node is CommonJS with a native binding: required, so that bundlers leave it alone.
const ort = createRequire(import.meta.url)('onnxruntime-node') as typeof import('onnxruntime-node');

/**
 * What the runtime computes with: the processor, any GPU, a GPU under Windows, Apple's, Nvidia's; or TensorFlow instead of
 * onnxruntime, on Nvidia's too.
 */
export type Provider = 'cpu' | 'webgpu' | 'dml' | 'coreml' | 'cuda' | 'tensorflow';

export interface Tensor {
  data: Float32Array;
  dims: readonly number[];
}

/** A result that has stayed in the memory of a GPU, to be fed to a session there. Dispose of it when done. */
export class ResidentTensor {
  constructor(
    readonly inner: OrtTensor | TfTensor,
    readonly dims: readonly number[],
  ) {}

  dispose(): void {
    this.inner.dispose();
  }
}

export type AnyTensor = Tensor | ResidentTensor;

/** The order of batch, channels, rows and columns. */
export type Layout = 'NCHW' | 'NHWC';

export interface SessionOptions {
  provider?: Provider;
  /** Threads for one op; default: what onnxruntime chooses (all physical cores). */
  threads?: number;
  /** Idle workers of a session that spin take time from whatever runs beside it; off for sessions that share. */
  spin?: boolean;
  /** The order in which a GPU keeps the values of a layer (default: channels last). */
  layout?: Layout;
  /** Results that stay where they are computed, where the provider can leave them there. */
  resident?: readonly string[];
}

/** One loaded network. Release it when done: it holds native memory. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Runs a network without resident results; blocks this process until it is done. */
  run(feeds: Readonly<Record<string, AnyTensor>>): Promise<Record<string, Tensor>>;
  /** Like {@link run}; resident results are such tensors where the provider could leave them where they are. */
  runResident(feeds: Readonly<Record<string, AnyTensor>>): Promise<Record<string, AnyTensor>>;
  release(): Promise<void>;
}

export const Session = {
  async create(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
    const { provider = 'cpu' } = options;
    if (provider === 'cpu') return OrtSession.create(model, options);
    return guarded(
      provider === 'tensorflow' ? openTensorflow(model, options) : OrtSession.create(model, options),
    );
  },
};

async function openTensorflow(model: Uint8Array, { resident }: SessionOptions): Promise<Session> {
  // Loaded only here: hardly anybody has it.
  const [{ tensorflow }, { TfjsSession }] = await Promise.all([
    import('./tensorflow'),
    import('./tfjsSession'),
  ]);
  return new TfjsSession(tensorflow(), model, resident);
}

/** The only place that knows onnxruntime. */
class OrtSession implements Session {
  private constructor(private readonly inner: InferenceSession) {}

  static async create(model: Uint8Array, options: SessionOptions): Promise<OrtSession> {
    const { provider = 'cpu', threads, spin = true, layout, resident = [] } = options;
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [layout === undefined ? provider : { name: provider, preferredLayout: layout }],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      // The binding hands out no other provider's memory.
      ...(provider === 'webgpu' && resident.length > 0 && { preferredOutputLocation: onGpu(resident) }),
      extra: {
        session: {
          intra_op: { allow_spinning: spin ? '1' : '0' },
          // A fallback to the CPU would be silent and slow: it must fail instead.
          ...(provider === 'cpu' ? {} : { disable_cpu_ep_fallback: '1' }),
        },
      },
    });
    return new OrtSession(session);
  }

  get inputNames(): readonly string[] {
    return this.inner.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.inner.outputNames;
  }

  /** Blocks: onnxruntime-node issue 26968. */
  async run(feeds: Readonly<Record<string, AnyTensor>>): Promise<Record<string, Tensor>> {
    return (await this.runResident(feeds)) as Record<string, Tensor>;
  }

  async runResident(feeds: Readonly<Record<string, AnyTensor>>): Promise<Record<string, AnyTensor>> {
    const inputs: Record<string, OrtTensor> = {};
    for (const [name, tensor] of Object.entries(feeds))
      inputs[name] =
        tensor instanceof ResidentTensor
          ? (tensor.inner as OrtTensor)
          : new ort.Tensor('float32', tensor.data, tensor.dims);
    const results = await this.inner.run(inputs);
    const outputs: Record<string, AnyTensor> = {};
    for (const [name, tensor] of Object.entries(results))
      outputs[name] =
        tensor.location === 'gpu-buffer'
          ? new ResidentTensor(tensor, tensor.dims)
          : { data: tensor.data as Float32Array, dims: tensor.dims };
    return outputs;
  }

  async release(): Promise<void> {
    await this.inner.release();
  }
}

const onGpu = (outputs: readonly string[]): Record<string, 'gpu-buffer'> =>
  Object.fromEntries(outputs.map((name) => [name, 'gpu-buffer'] as const));
