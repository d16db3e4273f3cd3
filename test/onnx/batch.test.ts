import { expect, test } from 'vitest';
import { encodeDeployed } from '../../src-main/model/network';
import { openNetwork } from '../../src-main/model/modelFile';
import { forBatches } from '../../src-main/onnx/batch';
import { toHalf } from '../../src-main/onnx/half';
import { parseGenotype } from '../../src-main/search/genotype';
import { freshState } from '../../src-main/train/state';
import { randomPicture } from '../support/architectures';

const candidates = parseGenotype('x2 c8 f0 | edge3 12 sep5 | ir 8 conv3');
const bytes = encodeDeployed(candidates, freshState(candidates, 1, { search: 1, tune: 1 }));

test.each([
  ['float32', bytes],
  ['float16', toHalf(bytes)],
])('a network in %s makes of several pictures at once what it makes of each', async (_, model) => {
  const length = 3 * 24 * 20;
  const pictures = randomPicture(3 * length, 1);
  const [one, many] = [await openNetwork('one', model), await openNetwork('many', forBatches(model))];
  const together = await many.run(pictures, 24, 20);
  expect(together).toHaveLength(4 * pictures.length);
  for (let i = 0; i < 3; i++) {
    const alone = await one.run(pictures.slice(i * length, (i + 1) * length), 24, 20);
    const worst = alone.reduce(
      (most, x, at) => Math.max(most, Math.abs(x - together[i * 4 * length + at]!)),
      0,
    );
    expect(worst).toBeLessThan(1e-6);
  }
  await one.dispose();
  await many.dispose();
});
