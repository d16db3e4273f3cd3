import { createRequire } from 'node:module';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';

// onnxruntime-node is CommonJS with a native binding: required, so that bundlers leave it alone.
const ort = createRequire(import.meta.url)('onnxruntime-node') as typeof import('onnxruntime-node');

export type Provider = 'cpu' | 'webgpu';

export interface Tensor {
  data: Float32Array;
  dims: readonly number[];
}

export interface SessionOptions {
  provider?: Provider;
  /** Threads for one op; default: what onnxruntime chooses (all physical cores). */
  threads?: number;
  /** Idle workers of a session that spin take time from whatever runs beside it; off for sessions that share. */
  spin?: boolean;
}

/** One loaded network. The only place that knows onnxruntime. Release it when done: it holds native memory. */
export class Session {
  private constructor(private readonly inner: InferenceSession) {}

  static async create(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
    const { provider = 'cpu', threads, spin = true } = options;
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      extra: {
        session: {
          intra_op: { allow_spinning: spin ? '1' : '0' },
          // A fallback to the CPU would be silent and slow: it must fail instead.
          ...(provider === 'cpu' ? {} : { disable_cpu_ep_fallback: '1' }),
        },
      },
    });
    return new Session(session);
  }

  get inputNames(): readonly string[] {
    return this.inner.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.inner.outputNames;
  }

  /** Runs the network; blocks this process until it is done (onnxruntime-node issue 26968). */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const inputs: Record<string, OrtTensor> = {};
    for (const [name, { data, dims }] of Object.entries(feeds))
      inputs[name] = new ort.Tensor('float32', data, dims);
    const results = await this.inner.run(inputs);
    const outputs: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(results))
      outputs[name] = { data: tensor.data as Float32Array, dims: tensor.dims };
    return outputs;
  }

  async release(): Promise<void> {
    await this.inner.release();
  }
}
