import { expect, test } from 'vitest';
import { add, input, mul, transpose } from '../../src-main/graph/build';
import type { Node, Shape } from '../../src-main/graph/ops';
import { adaptForeign, type Reading } from '../../src-main/onnx/adapt';
import { encodeModel } from '../../src-main/onnx/encode';
import { inspectForeign } from '../../src-main/onnx/foreign';
import { onnx } from '../../src-main/onnx/proto';
import { Session } from '../../src-main/runtime/session';
import { randomPicture } from '../support/architectures';
import { expectClose } from '../support/gradcheck';
import { declare, foreignModel, nearest } from '../support/tinyModels';

const [h, w] = [4, 6];
const lr = randomPicture(3 * h * w, 1);

async function run(bytes: Uint8Array): Promise<{ data: Float32Array; dims: readonly number[] }> {
  const session = await Session.create(bytes);
  expect([session.inputNames, session.outputNames]).toEqual([['lr'], ['sr']]);
  const { sr } = await session.run({ lr: { data: lr, dims: [1, 3, h, w] } });
  await session.release();
  return sr!;
}

const adapted = (bytes: Uint8Array, reading: Reading) =>
  run(adaptForeign(bytes, inspectForeign('theirs.onnx', onnx.ModelProto.decode(bytes)), reading));

/** Pixels repeated, plus half of white. */
const brighter = (x: Node, white: number): Node => add(nearest(2, x), 0.5 * white);
const expected = () => run(encodeModel({ sr: brighter(input('lr', [1, 3, h, w]), 1) }));

test.each<[string, Shape, Node['shape'] | undefined, Reading]>([
  ['as ours', [1, 3, 'h', 'w'], undefined, { layout: 'NCHW', range: 1 }],
  ['with white at 255', [1, 3, 'h', 'w'], undefined, { layout: 'NCHW', range: 255 }],
  ['with channels last', [1, 'h', 'w', 3], [0, 3, 1, 2], { layout: 'NHWC', range: 1 }],
  ['with both', [1, 'h', 'w', 3], [0, 3, 1, 2], { layout: 'NHWC', range: 255 }],
])('a network that takes pictures %s computes the same', async (_, shape, perm, reading) => {
  const picture = input('picture', shape);
  const enlarged = brighter(perm ? transpose(picture, perm as number[]) : picture, reading.range);
  const { data, dims } = await adapted(
    foreignModel(perm ? transpose(enlarged, [0, 2, 3, 1]) : enlarged),
    reading,
  );
  expect(dims).toEqual([1, 3, 2 * h, 2 * w]);
  expectClose(data, (await expected()).data, 1e-6, 'sr');
});

test('names of its own that are ours mean no harm, a size of its own may be ignored', async () => {
  const bytes = encodeModel({ lr: mul(nearest(2, input('sr', [1, 3, 8, 8])), 1) });
  const model = onnx.ModelProto.decode(bytes);
  declare(1, 3, 8, 8)(model);
  const { data } = await adapted(onnx.ModelProto.encode(model).finish(), { layout: 'NCHW', range: 1 });
  expectClose(data, (await run(encodeModel({ sr: nearest(2, input('lr', [1, 3, h, w])) }))).data, 1e-6, 'sr');
});
