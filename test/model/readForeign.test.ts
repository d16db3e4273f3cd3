import { expect, test } from 'vitest';
import { add, constant, input, max, min, mul, transpose } from '../../src-main/graph/build';
import type { Node } from '../../src-main/graph/ops';
import { readForeign } from '../../src-main/model/readForeign';
import { inspectForeign } from '../../src-main/onnx/foreign';
import { onnx } from '../../src-main/onnx/proto';
import { Session } from '../../src-main/runtime/session';
import { discs } from '../support/synthetic';
import { declare, foreignModel, nearest } from '../support/tinyModels';

const photo = discs(192, 144, 1);
const read = (bytes: Uint8Array) =>
  readForeign('theirs.onnx', bytes, inspectForeign('theirs.onnx', onnx.ModelProto.decode(bytes)), photo);

const picture = input('x', [1, 3, 'h', 'w']);
const last = input('x', [1, 'h', 'w', 3]);
/** Between black and white, with black at a 50th: one that is used with the wrong range returns a single grey. */
const clipped = (x: Node, white: number): Node => min(max(x, white / 50), white);

/** What an adapted network makes of a picture that is all 0.2. */
async function ofGrey(bytes: Uint8Array): Promise<number> {
  const session = await Session.create(bytes);
  const { sr } = await session.run({ lr: { data: new Float32Array(48).fill(0.2), dims: [1, 3, 4, 4] } });
  await session.release();
  return sr!.data[0]!;
}

test.each<[string, Uint8Array, number]>([
  ['white at 1', foreignModel(nearest(2, clipped(picture, 1))), 2],
  ['white at 255', foreignModel(nearest(3, clipped(picture, 255))), 3],
  [
    'channels last and white at 255',
    foreignModel(transpose(nearest(4, transpose(clipped(last, 255), [0, 3, 1, 2])), [0, 2, 3, 1])),
    4,
  ],
  [
    'channels last, which it does not say',
    foreignModel(
      transpose(nearest(2, transpose(last, [0, 3, 1, 2])), [0, 2, 3, 1]),
      declare(null, null, null, null),
    ),
    2,
  ],
  ['any range', foreignModel(nearest(2, picture)), 2],
  ['a size of its own without need', foreignModel(nearest(2, picture), declare(1, 3, 64, 64)), 2],
])('a network with %s is understood', async (_, bytes, scale) => {
  const network = await read(bytes);
  expect(network.scale).toBe(scale);
  expect(await ofGrey(network.bytes)).toBeCloseTo(0.2, 5);
});

/** Something of the size of the result is added: no other size can be run. */
const rigid = (width: number, height: number): Node =>
  add(
    nearest(2, input('x', [1, 3, height, width])),
    constant(new Float32Array(12 * width * height), [1, 3, 2 * height, 2 * width]),
  );

test.each<[string, Uint8Array, string]>([
  [
    'a filter',
    foreignModel(mul(picture, 0.9)),
    'does not return photos of any size 2, 3 or 4 times as large',
  ],
  ['5 times', foreignModel(nearest(5, picture)), 'does not return photos of any size 2, 3 or 4'],
  ['a negative', foreignModel(add(mul(nearest(2, picture), -1), 1)), 'does not return photos'],
  ['one size only', foreignModel(rigid(48, 40)), 'it takes only pictures of 48x40 pixels'],
  ['another size only', foreignModel(rigid(64, 64)), 'it takes only pictures of 64x64 pixels'],
  ['one size only, untold', foreignModel(rigid(48, 40), declare(1, 3, null, null)), 'photos of any size'],
  ['another size only, untold', foreignModel(rigid(64, 64), declare(1, 3, null, null)), 'cannot be run on a'],
])('%s is refused with the reason', async (_, bytes, reason) => {
  await expect(read(bytes)).rejects.toThrow(reason);
});
