import fc from 'fast-check';
import { expect, test } from 'vitest';
import { add, constant, conv, greater, input, mean, mul, relu, where } from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { gradients } from '../../src-main/graph/gradients';
import { numeric, sizeOf, topological, type Node } from '../../src-main/graph/ops';
import { simplify } from '../../src-main/graph/simplify';
import { layoutOf } from '../../src-main/model/network';
import { encodeModel } from '../../src-main/onnx/encode';
import { nchwcDomain } from '../../src-main/onnx/opset';
import { onnx } from '../../src-main/onnx/proto';
import { blocked, blockOfChannels } from '../../src-main/runtime/blocked';
import { lower } from '../../src-main/runtime/lower';
import { encodeFor, Program } from '../../src-main/runtime/program';
import { Session } from '../../src-main/runtime/session';
import { allCandidates } from '../../src-main/search/space';
import { weightStep } from '../../src-main/train/step';
import { stepFeeds } from '../../src-main/train/stepProbe';
import { expectClose, randomValues } from '../support/gradcheck';

const found = await blockOfChannels();
const block = found ?? 16;
/** Where onnxruntime has kernels for channels in blocks; elsewhere none of this is ever asked of it. */
const onBlocks = test.skipIf(found === undefined);
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

test('processors for x64 keep 8 or 16 channels together, on others it is not tried', () => {
  expect(process.arch === 'x64' ? [8, 16] : [undefined]).toContain(found);
});

onBlocks(
  'convolutions of every kind, what is done to their results, and their gradients stay the same',
  async () => {
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
  },
  120_000,
);

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

test('constant kernels are left to onnxruntime', () => {
  const w = constant(randomValues(16 * 16 * 9, 1, 1), [16, 16, 3, 3]);
  const y = relu(conv(input('x', [1, 16, 4, 4]), w));
  expect(blocked({ y }, 16).y).toEqual(y);
});

onBlocks('truth values are computed in the order that they are wanted in', async () => {
  const [x, z] = [input('x', [1, 16, 3, 3]), input('z', [1, 16, 3, 3])];
  const y = conv(x, kernel('w', 16, 16, 3));
  // What is asked of a plain picture decides about one in blocks, and the other way round.
  await expectSame({ a: where(greater(x, 0), y, 0), b: where(greater(y, 0), z, 0) });
  const channels = input('t', [1, 16, 1, 1]);
  await expectSame({ a: where(greater(z, channels), y, 0), b: where(greater(channels, y), z, y) });
});

onBlocks('a training step of a supernet is in blocks on the processor, elsewhere it is not', async () => {
  const candidates = allCandidates({ scale: 2, cells: 2, widths: [16, 32] });
  const shape = { patch: 8, batch: 2 };
  const { weightLoss, nextM } = weightStep(candidates, layoutOf(candidates), shape);
  const outputs = { weightLoss, nextM };
  expect(isInBlocks((await encodeFor('cpu', outputs)).model)).toBe(true);
  for (const provider of ['webgpu', 'cuda', 'dml', 'tensorflow'] as const)
    expect(isInBlocks((await encodeFor(provider, outputs)).model)).toBe(false);

  const feeds = stepFeeds(candidates, shape);
  const program = await Program.compile(outputs);
  const inBlocks = await program.run(feeds);
  await program.dispose();
  const session = await Session.create(encodeModel(simplify(lower(outputs, 'cpu'))));
  const named = topological([weightLoss, nextM]).flatMap(({ op, attrs, shape: dims }) =>
    op === 'Input' ? [[attrs.name, { data: feeds[attrs.name]!, dims: numeric(dims) }] as const] : [],
  );
  const plain = await session.run(Object.fromEntries(named));
  await session.release();
  expectClose(inBlocks.weightLoss, plain['weightLoss']!.data, 1e-6, 'loss');
  const largest = plain['nextM']!.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const scaled = (values: Float32Array): Float32Array => values.map((x) => x / largest);
  expectClose(scaled(inBlocks.nextM), scaled(plain['nextM']!.data), 1e-5, 'gradients');
});

const isInBlocks = (model: Uint8Array): boolean =>
  onnx.ModelProto.decode(model).graph!.node!.some(({ domain }) => domain === nchwcDomain);
