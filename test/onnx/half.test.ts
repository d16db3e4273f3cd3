import { expect, test } from 'vitest';
import { encodeDeployed } from '../../src-main/model/network';
import { onnx } from '../../src-main/onnx/proto';
import { toHalf } from '../../src-main/onnx/half';
import { Session } from '../../src-main/runtime/session';
import { parseGenotype } from '../../src-main/search/genotype';
import { freshState } from '../../src-main/train/state';
import { randomPicture } from '../support/architectures';

const candidates = parseGenotype('x2 c8 f0 | edge3 12 sep5 | ir 8 conv3');
const bytes = encodeDeployed(candidates, freshState(candidates, 1, { search: 1, tune: 1 }));

test('a network in float16 makes the picture of float32 to 1/255, from the same input', async () => {
  const pictures = [];
  for (const model of [bytes, toHalf(bytes)]) {
    const session = await Session.create(model);
    const { sr } = await session.run({ lr: { data: randomPicture(3 * 24 * 20, 1), dims: [1, 3, 24, 20] } });
    pictures.push(sr!);
    await session.release();
  }
  const [whole, half] = pictures as [(typeof pictures)[0], (typeof pictures)[0]];
  expect(half.dims).toEqual(whole.dims);
  const worst = half.data.reduce((most, value, i) => Math.max(most, Math.abs(value - whole.data[i]!)), 0);
  expect(worst).toBeLessThan(1 / 255);
  expect(worst).toBeGreaterThan(0);
});

test('every weight is half as large', () => {
  const sizes = (model: Uint8Array): number[] =>
    (onnx.ModelProto.decode(model).graph!.initializer ?? [])
      .filter(({ dataType }) => dataType !== onnx.TensorProto.DataType.INT64)
      .map(({ rawData }) => rawData!.length);
  expect(sizes(toHalf(bytes))).toEqual(sizes(bytes).map((size) => size / 2));
});
