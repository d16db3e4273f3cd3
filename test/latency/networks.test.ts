import { expect, test } from 'vitest';
import { countNetwork } from '../../src-main/graph/count';
import {
  cellChain,
  encodeNetwork,
  frame,
  inputDims,
  plainNetwork,
  referenceNetwork,
  smallNetwork,
} from '../../src-main/latency/networks';
import { tableOps } from '../../src-main/latency/table';
import { openForeignModel } from '../../src-main/model/modelFile';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

test('the reference network is the one of the design', () => {
  const network = referenceNetwork();
  expect(inputDims(network)).toEqual([1, 32, 256, 256]);
  expect(network.shape).toEqual([1, 3, 512, 512]);
  const { params, macs, outputPixels } = countNetwork(network);
  expect(params).toBe(4 * (32 * 32 * 9 + 32) + 12 * 32 * 9 + 12);
  expect(macs / outputPixels).toBe(10_080);
});

test.each(tableOps)('two cells of %s compute exactly twice as much as one, in every width', (op) => {
  for (const [trunk, inner] of [
    [16, 16],
    [24, 8],
  ] as const)
    for (const first of ['identity', op] as const) {
      const [one, two] = [1, 2].map((cells) => cellChain([first, op], trunk, inner, cells));
      expect(inputDims(two!)).toEqual([1, trunk, 256, 256]);
      expect(countNetwork(two!).macs).toBe(2 * countNetwork(one!).macs);
    }
});

test.each([2, 3, 4] as const)('a frame of scale %i is a whole network', (scale) => {
  expect(inputDims(frame(16, scale))).toEqual([1, 3, 256, 256]);
  expect(frame(16, scale).shape).toEqual([1, 3, 256 * scale, 256 * scale]);
});

test('a plain network runs on pictures of any size', async () => {
  const { output, scale } = plainNetwork(8, 1);
  const folder = await mkdtemp(join(tmpdir(), 'pixel-tailor-'));
  const path = join(folder, 'plain.onnx');
  await writeFile(path, encodeNetwork(output));
  const net = await openForeignModel(path);
  expect(net.scale).toBe(scale);
  expect(await net.run(new Float32Array(3 * 6 * 10), 6, 10)).toHaveLength(3 * 12 * 20);
  await net.dispose();
  await rm(folder, { recursive: true });
});

test('the small network doubles a tile', () => {
  expect(smallNetwork([1, 3, 24, 20]).shape).toEqual([1, 3, 48, 40]);
});
