// Loaded into the engine of a command under test: from its so many-th run on, the network fails as FAULT_MODE says.
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import process from 'node:process';

if (basename(process.argv[1] ?? '') === 'engine.js') {
  const { InferenceSession } = createRequire(import.meta.url)('onnxruntime-node');
  const { run } = InferenceSession.prototype;
  let left = Number(process.env.FAULT_AFTER);

  const spoil = {
    throws: () => {
      throw new Error('Non-zero status code returned while running Conv node.');
    },
    dies: () => process.abort(),
    nan: (data) => data.fill(NaN, data.length / 2),
    black: (data) => data.fill(0),
    huge: (data) => data.fill(1e30),
  }[process.env.FAULT_MODE];

  InferenceSession.prototype.run = async function (...args) {
    const results = await run.apply(this, args);
    if (left-- > 0) return results;
    for (const { data } of Object.values(results)) spoil(data);
    return results;
  };
}
