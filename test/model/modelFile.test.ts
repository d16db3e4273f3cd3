import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { DeviceFailed, UserError } from '../../src-main/base/errors';
import { Rng } from '../../src-main/base/rng';
import { constant, conv, depthToSpace, input } from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import type { Node, Shape } from '../../src-main/graph/ops';
import { openForeignModel, openModel, readModelFile, writeModelFile } from '../../src-main/model/modelFile';
import { encodeModel } from '../../src-main/onnx/encode';
import { Session } from '../../src-main/runtime/session';
import { fakeCard } from '../support/fakeCard';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixel-tailor-'));
});
afterAll(() => rm(folder, { recursive: true }));

const randomly = (seed: number, length: number) => {
  const rng = new Rng(seed);
  return Float32Array.from({ length }, () => rng.next());
};

/** One random convolution and a pixel shuffle. */
function upscaler(scale: number, dims: Shape = [1, 3, 'h', 'w']): Node {
  const out = 3 * scale ** 2;
  const kernel = constant(randomly(scale, out * 27), [out, 3, 3, 3]);
  return depthToSpace(conv(input('lr', dims), kernel), scale);
}

test('a written model file keeps its card and computes the same on pictures of any size', async () => {
  const path = join(folder, 'deeper', 'lisbon.onnx');
  const card = fakeCard({ scale: 3, receptiveRadius: 1 });
  await writeModelFile(path, upscaler(3), card);
  expect(await readModelFile(path)).toEqual({ card, bytes: await readFile(path) });

  const net = await openModel(path);
  expect(net).toMatchObject({ scale: 3, radius: 1 });
  for (const [h, w] of [
    [5, 8],
    [9, 4],
  ] as const) {
    const lr = randomly(h, 3 * h * w);
    const [expected] = evaluate([upscaler(3, [1, 3, h, w])], { lr });
    const sr = await net.run(lr, h, w);
    expect(sr).toHaveLength(3 * 9 * h * w);
    expected!.data.forEach((value, i) => {
      expect(sr[i]).toBeCloseTo(value, 4);
    });
  }
  await net.dispose();
});

test('a device that cannot take a model up is at fault, not the file', async () => {
  const path = join(folder, 'porto.onnx');
  await writeModelFile(path, upscaler(2), fakeCard());
  vi.spyOn(Session, 'create').mockRejectedValueOnce(new DeviceFailed('it is gone'));
  await expect(openModel(path, { provider: 'webgpu' })).rejects.toThrow(new DeviceFailed('it is gone'));
});

test('a network of a fixed picture size is no model', async () => {
  const written = writeModelFile(join(folder, 'fixed.onnx'), upscaler(2, [1, 3, 8, 8]), fakeCard());
  await expect(written).rejects.toThrow('any size');
});

const foreign = () => encodeModel({ out: upscaler(2) });

test.each<[string, () => Uint8Array | string | undefined, string]>([
  ['missing.onnx', () => undefined, 'There is no model file'],
  ['text.onnx', () => 'Dear diary, this is not a network at all.', 'is not an ONNX model'],
  ['empty.onnx', () => '', 'is not an ONNX model'],
  ['truncated.onnx', () => foreign().subarray(0, 300), 'is not an ONNX model'],
  ['foreign.onnx', foreign, 'Pixel Tailor did not make'],
  ['damaged.onnx', () => encodeModel({ out: upscaler(2) }, { 'pixel-tailor': '{' }), 'damaged'],
  ['other.onnx', () => encodeModel({ out: upscaler(2) }, { 'pixel-tailor': '{"format":99}' }), 'version'],
])('%s is refused by name', async (name, bytes, reason) => {
  const path = join(folder, name);
  const content = bytes();
  if (content !== undefined) await writeFile(path, content);
  const error: unknown = await readModelFile(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain(path);
  expect((error as UserError).message).toContain(reason);
});

test("anybody's upscaling network can be opened; its scale and parameters are found", async () => {
  const path = join(folder, 'anybody.onnx');
  await writeFile(path, encodeModel({ picture: upscaler(4) }));
  const net = await openForeignModel(path);
  expect(net).toMatchObject({ scale: 4, params: 48 * 27 });
  expect(await net.run(randomly(1, 3 * 7 * 5), 7, 5)).toHaveLength(3 * 16 * 35);
  await net.dispose();
});

test('a network that takes no RGB picture is refused', async () => {
  const path = join(folder, 'grey.onnx');
  const kernel = constant(randomly(1, 9), [1, 1, 3, 3]);
  await writeFile(path, encodeModel({ out: conv(input('grey', [1, 1, 'h', 'w']), kernel) }));
  await expect(openForeignModel(path)).rejects.toThrow(`${path} does not take one RGB picture`);
});
