import fc from 'fast-check';
import { expect, test } from 'vitest';
import { add, conv, greater, input, mean, mul, relu, where } from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { gradients } from '../../src-main/graph/gradients';
import { numeric, sizeOf, topological, type Node } from '../../src-main/graph/ops';
import { simplify } from '../../src-main/graph/simplify';
import { encodeModel } from '../../src-main/onnx/encode';
import { blocked, blockOfChannels } from '../../src-main/runtime/blocked';
import { Session } from '../../src-main/runtime/session';
import { expectClose, randomValues } from '../support/gradcheck';

const block = (await blockOfChannels())!;
/** [o, c, k, k], of its name. */
const kernel = (name: string, o: number, c: number, k: number): Node => input(name, [o, c, k, k]);
const nativesIn = (outputs: Record<string, Node>): string[] =>
  topological(Object.values(outputs)).flatMap((node) => (node.op === 'Native' ? [node.attrs.opType] : []));

async function expectSame(outputs: Record<string, Node>): Promise<void> {
  const inputs = topological(Object.values(outputs)).filter((node) => node.op === 'Input');
  const feeds = Object.fromEntries(
    inputs.map(({ attrs: { name }, shape }, i) => [name, randomValues(sizeOf(shape), i, i)]),
  );
  const tensors = Object.fromEntries(
    inputs.map(({ attrs: { name }, shape }) => [name, { data: feeds[name]!, dims: numeric(shape) }]),
  );
  const session = await Session.create(encodeModel(blocked(outputs, block)));
  const results = await session.run(tensors);
  await session.release();
  const exact = evaluate(Object.values(outputs), feeds);
  Object.keys(outputs).forEach((name, i) => {
    expectClose(results[name]!.data, exact[i]!.data, 1e-5, name);
  });
}

test('this machine keeps 8 or 16 channels together', () => {
  expect([8, 16]).toContain(block);
});

test('convolutions of every kind, what is done to their results, and their gradients stay the same', async () => {
  const channels = fc.constantFrom(3, 8, 16, 32, 48);
  const layer = fc.record({
    channels,
    size: fc.constantFrom(1, 3, 5),
    depthwise: fc.boolean(),
    bias: fc.boolean(),
    after: fc.constantFrom('relu', 'residual', 'half', 'picked', 'none'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        batch: fc.constantFrom(1, 2),
        channels,
        layers: fc.array(layer, { minLength: 1, maxLength: 4 }),
      }),
      async (net) => {
        let x = input('x', [net.batch, net.channels, 4, 5]);
        const learned: Node[] = [];
        net.layers.forEach(({ size, depthwise, bias, after, ...to }, i) => {
          const c = x.shape[1] as number;
          const o = depthwise ? c : to.channels;
          const w = kernel(`w${i}`, o, depthwise ? 1 : c, size);
          const b = bias ? input(`b${i}`, [o]) : undefined;
          learned.push(w, ...(b ? [b] : []));
          const y = conv(x, w, b);
          if (after === 'relu') x = relu(y);
          else if (after === 'residual') x = o === c ? relu(add(y, x)) : y;
          else if (after === 'half') x = mul(y, 0.5);
          else if (after === 'picked') x = o === c ? where(greater(x, 0), y, x) : y;
          else x = y;
        });
        const loss = mean(mul(x, x));
        const grads = gradients(loss, learned).map((grad, i) => [`d${i}`, grad] as const);
        await expectSame({ x2: mul(x, 2), loss, ...Object.fromEntries(grads) });
      },
    ),
    { seed: 11, numRuns: 60 },
  );
}, 120_000);

test('a chain stays in blocks from its first convolution to its last', () => {
  const x = input('x', [1, 16, 4, 4]);
  const first = relu(conv(x, kernel('v', 16, 16, 3)));
  const y = relu(add(conv(first, kernel('w', 16, 16, 3)), first));
  expect(nativesIn(blocked({ y }, 16))).toEqual(['ReorderInput', 'Conv', 'Conv', 'ReorderOutput']);
});

test('the gradient of a depthwise kernel takes pictures as they lie in blocks', () => {
  const x = relu(conv(input('x', [2, 16, 4, 4]), kernel('v', 16, 16, 3)));
  const w = kernel('w', 16, 1, 3);
  const y = conv(x, w);
  const dy = relu(conv(x, kernel('u', 16, 16, 1)));
  const [dw] = gradients(mean(mul(y, dy)), [w]);
  const natives = nativesIn(blocked(simplify({ dw: dw! }), 16));
  // The input, and the gradient of the mean.
  expect(natives.filter((name) => name === 'ReorderInput').length).toBe(2);
  expect(natives.filter((name) => name === 'ReorderOutput').length).toBe(1);
  expect(natives.filter((name) => name === 'Conv').length).toBe(3);
});

test('blocks that would not be full stay as they are', () => {
  const x = input('x', [1, 3, 4, 4]);
  const y = conv(relu(conv(x, kernel('v', 16, 3, 3))), kernel('w', 12, 16, 3));
  const out = blocked({ y }, 16);
  expect(nativesIn(out)).toEqual([]);
  expect(out.y).toEqual(y);
});

test('truth values are computed in the order that they are wanted in', async () => {
  const [x, z] = [input('x', [1, 16, 3, 3]), input('z', [1, 16, 3, 3])];
  const y = conv(x, kernel('w', 16, 16, 3));
  // What is asked of a plain picture decides about one in blocks, and the other way round.
  await expectSame({ a: where(greater(x, 0), y, 0), b: where(greater(y, 0), z, 0) });
});
