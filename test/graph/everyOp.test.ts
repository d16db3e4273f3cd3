import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { input } from '../../src-main/graph/build';
import { topological } from '../../src-main/graph/ops';
import { checkExample } from '../support/gradcheck';
import { opCases } from '../support/opCases';

describe.each(Object.entries(opCases))('%s', (op, variants) => {
  it.each(Object.entries(variants))('%s', async (_, examples) => {
    await fc.assert(
      fc.asyncProperty(examples, fc.nat(1e6), async (example, seed) => {
        const y = example.build(example.shapes.map((s, i) => input(`x${i}`, s)));
        expect(
          topological([y]).some((node) => node.op === op),
          'the case is about its op',
        ).toBe(true);
        await checkExample(example, seed);
      }),
      { seed: 2101, numRuns: 24 },
    );
  });
});
