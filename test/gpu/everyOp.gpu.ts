import fc from 'fast-check';
import { describe, it } from 'vitest';
import { checkOn } from '../support/gradcheck';
import { opCases } from '../support/opCases';

// Sessions that would leave an operation to the CPU fail.
describe.each(Object.entries(opCases))('%s and its gradients on WebGPU', (_, variants) => {
  it.each(Object.entries(variants))('%s', async (_, examples) => {
    await fc.assert(
      fc.asyncProperty(examples, fc.nat(1e6), (example, seed) => checkOn('webgpu', example, seed)),
      { seed: 2101, numRuns: 3 },
    );
  });
});
