import { expect, test } from 'vitest';
import { add, input, mul, reduceSum } from '../../src-main/graph/build';
import { Loop } from '../../src-main/runtime/loop';

/** Adds 2 x to the state w in each run. */
async function begun(): Promise<Loop<'sum', 'w'>> {
  const w = input('w', [3]);
  const loop = await Loop.compile({ sum: reduceSum(w, [0]) }, { w: add(w, mul(input('x', [3]), 2)) });
  loop.write({ w: Float32Array.of(1, 2, 3) });
  return loop;
}

test('each run goes on from the state that the last one has left', async () => {
  const loop = await begun();
  expect(await loop.read()).toEqual({ w: Float32Array.of(1, 2, 3) });
  expect(await loop.run({ x: Float32Array.of(1, 0, -1) })).toEqual({ sum: Float32Array.of(6) });
  expect(await loop.run({ x: Float32Array.of(1, 1, 1) })).toEqual({ sum: Float32Array.of(6) });
  expect(await loop.read()).toEqual({ w: Float32Array.of(5, 4, 3) });
  await loop.dispose();
});

test('a run that fails leaves the state as it was', async () => {
  const loop = await begun();
  await loop.run({ x: Float32Array.of(1, 1, 1) });
  await expect(loop.run({})).rejects.toThrow('no values for the input x');
  await expect(loop.run({ x: Float32Array.of(1) })).rejects.toThrow();
  expect(await loop.read()).toEqual({ w: Float32Array.of(3, 4, 5) });
  await loop.dispose();
});
