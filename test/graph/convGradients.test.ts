import fc from 'fast-check';
import { describe, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { gradients } from '../../src-main/graph/gradients';
import { sizeOf } from '../../src-main/graph/ops';
import { Program } from '../../src-main/runtime/program';
import { expectClose, randomValues } from '../support/gradcheck';

/** Sizes as in training, too large for finite differences: onnxruntime must follow the interpreter there too. */
describe('convolution gradients at training sizes', () => {
  const sizes = fc.record({
    n: fc.constantFrom(1, 4),
    c: fc.constantFrom(1, 3, 16, 24),
    o: fc.constantFrom(1, 3, 12, 16),
    h: fc.integer({ min: 5, max: 17 }),
    w: fc.integer({ min: 5, max: 17 }),
    k: fc.constantFrom(1, 3, 5),
    depthwise: fc.boolean(),
  });

  it('onnxruntime = interpreter', async () => {
    const property = fc.asyncProperty(sizes, fc.nat(1e6), async ({ n, c, o, h, w, k, depthwise }, seed) => {
      const x = g.input('x', [n, c, h, w]);
      const kernel = g.input('kernel', depthwise ? [c, 1, k, k] : [o, c, k, k]);
      const bias = g.input('bias', [kernel.shape[0]!]);
      const y = g.conv(x, kernel, bias);
      const dy = g.input('dy', y.shape);
      const wanted = { dx: x, dw: kernel, db: bias };
      const loss = g.reduceSum(g.mul(y, dy), [0, 1, 2, 3]);
      const [dx, dw, db] = gradients(loss, Object.values(wanted));
      const outputs = { dx: dx!, dw: dw!, db: db! };
      const feeds = Object.fromEntries(
        Object.entries({ x, kernel, bias, dy }).map(([name, { shape }], i) => [
          name,
          randomValues(sizeOf(shape), seed, i),
        ]),
      );
      const program = await Program.compile(outputs);
      const run: Record<string, Float32Array> = await program.run(feeds);
      await program.dispose();
      const exact = evaluate(Object.values(outputs), feeds);
      Object.keys(outputs).forEach((name, i) => {
        expectClose(run[name]!, exact[i]!.data, 1e-5, name);
      });
    });
    await fc.assert(property, { seed: 2101, numRuns: 12 });
  });
});
