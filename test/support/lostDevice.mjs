// The built engine, with a GPU that is the processor in disguise until it throws: in its fourth run.
import { createRequire } from 'node:module';

const { InferenceSession } = createRequire(import.meta.url)('onnxruntime-node');
const { create } = InferenceSession;
let runs = 0;
InferenceSession.create = async (model, options) => {
  const isGpu = options.executionProviders[0] === 'webgpu';
  const session = await create.call(
    InferenceSession,
    model,
    isGpu ? { executionProviders: ['cpu'] } : options,
  );
  if (!isGpu) return session;
  const run = session.run.bind(session);
  session.run = (...args) => {
    if (++runs > 3) throw new Error('WebGPU device lost');
    return run(...args);
  };
  return session;
};
await import('../../out/main/engine.js');
