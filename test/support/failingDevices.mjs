// The built timing process, in which every GPU is the processor in disguise and fails in a way of its own: WebGPU computes
// wrong values, DirectML never answers, CUDA takes the process down, Core ML is no device at all.
import process from 'node:process';

const { on, send } = process;
let provider;
process.send = (reply, ...rest) => {
  const results = provider === 'webgpu' && reply.value instanceof Object ? Object.values(reply.value) : [];
  for (const { data } of results) data?.forEach((value, i) => (data[i] = value + 0.5));
  return send.call(process, reply, ...rest);
};
process.on = (event, listener) => {
  if (event !== 'message') return on.call(process, event, listener);
  return on.call(process, event, (request) => {
    provider = request.options?.provider;
    if (provider === 'dml') return;
    if (provider === 'cuda') process.kill(process.pid, 'SIGABRT');
    if (provider === 'coreml') send.call(process, { error: 'Failed to get a WebGPU adapter: none' });
    else listener({ ...request, options: { ...request.options, provider: 'cpu' } });
  });
};
await import('../../out/main/timingProcess.js');
