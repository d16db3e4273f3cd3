import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { layoutOf } from '../../src-main/model/network';
import { allCandidates, plainNet } from '../../src-main/search/space';
import { readWeights, writeWeights, type TrainedWeights } from '../../src-main/train/weightsFile';
import { temporaryFolder } from '../image/samples';

const folder = temporaryFolder();
const training = {
  photos: ['a.jpg', 'b.jpg'],
  steps: 7,
  seconds: 1.5,
  curve: [{ step: 7, seconds: 1.5, loss: 0.1, psnr: 30 }],
  version: '1.0.0',
};
const some = (candidates = plainNet(2, 4, 1)): TrainedWeights => ({
  candidates,
  training,
  weights: layoutOf(candidates).initial(3),
});

test.each([
  ['a network', plainNet(2, 4, 2, 'edgeConv3x3')],
  ['a supernet', allCandidates({ scale: 3, cells: 2, widths: [4, 8] })],
])('%s comes back as it was, to the precision of float16', async (_, candidates) => {
  const path = join(folder, 'w.weights');
  const written = some(candidates);
  await writeWeights(path, written);
  const read = await readWeights(path);
  expect(read.candidates).toEqual(candidates);
  expect(read.training).toEqual(training);
  read.weights.forEach((w, i) => {
    expect(Math.abs(w - written.weights[i]!)).toBeLessThanOrEqual(Math.abs(w) / 1024 + 1e-7);
  });
  expect((await readFile(path)).length).toBeLessThan(2 * written.weights.length + 12_000);
});

test('weights beyond float16 are not written', async () => {
  const path = join(folder, 'large.weights');
  const large = some();
  large.weights[5] = 1e6;
  await expect(writeWeights(path, large)).rejects.toThrow('beyond float16');
  await expect(readFile(path)).rejects.toThrow('ENOENT');
});

test.each([
  ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ['something else', () => Buffer.from('hello')],
  ['empty', () => Buffer.alloc(0)],
])('a file that is %s is named', async (_, damage) => {
  const path = join(folder, 'damaged.weights');
  await writeWeights(path, some());
  await writeFile(path, damage(await readFile(path)));
  await expect(readWeights(path)).rejects.toThrow(UserError);
  await expect(readWeights(path)).rejects.toThrow(path);
});
