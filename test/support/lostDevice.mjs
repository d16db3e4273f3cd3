// The built engine, with a GPU that throws once the job has told of the step LOST_AT_STEP, or without one in its fourth run.
// The GPU is the machine's own where GPU_IS_REAL says so, else the processor in disguise.
import { createRequire } from 'node:module';
import process from 'node:process';

const { GPU_IS_REAL, LOST_AT_STEP } = process.env;
const { InferenceSession } = createRequire(import.meta.url)('onnxruntime-node');
const { create } = InferenceSession;
let runs = 0;
let isLost = false;
InferenceSession.create = async (model, options) => {
  const isGpu = options.executionProviders[0] === 'webgpu';
  const disguised = isGpu && !GPU_IS_REAL ? { executionProviders: ['cpu'] } : options;
  const session = await create.call(InferenceSession, model, disguised);
  if (!isGpu) return session;
  const run = session.run.bind(session);
  session.run = (...args) => {
    isLost ||= LOST_AT_STEP === undefined && ++runs > 3;
    if (isLost) throw new Error('WebGPU device lost');
    return run(...args);
  };
  return session;
};
const { send } = process;
process.send = (event, ...rest) => {
  isLost ||= event.data?.step === Number(LOST_AT_STEP);
  return send.call(process, event, ...rest);
};
await import('../../out/main/engine.js');
