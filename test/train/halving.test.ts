import { afterEach, expect, test, vi } from 'vitest';
import { Loop } from '../../src-main/runtime/loop';
import { parseGenotype } from '../../src-main/search/genotype';
import { freshState } from '../../src-main/train/state';
import { fitting, Stepper } from '../../src-main/train/stepper';
import { syntheticData } from '../support/synthetic';

afterEach(() => vi.restoreAllMocks());

const asked = { patch: 8, batch: 4 };
const rates = { rate: 1e-3, keep: 0.9 };
const outOfMemory = new Error('Failed to allocate memory for requested buffer of size 9000000000');
const fresh = () => freshState(parseGenotype('x2 c8 | edge3 8 conv3'), 1, { search: 1, tune: 1 });
const batch = (count: number) => syntheticData().train.batch(0, { patch: 8, batch: count });

test('a step that memory does not hold is made with half the batch, and so are all later ones', async () => {
  const said: string[] = [];
  const state = fresh();
  const stepper = await Stepper.compile(state, asked, { say: (message) => said.push(message) });
  await stepper.step(state, await batch(4), rates);
  vi.spyOn(Loop.prototype, 'run').mockRejectedValueOnce(outOfMemory);
  const halved = [];
  for (let i = 0; i < 2; i++) halved.push(await stepper.step(state, await batch(4), rates));
  await stepper.settle(state);
  await stepper.dispose();
  expect(fitting(asked, state).batch).toBe(2);
  expect(said).toEqual([
    "The device's memory does not hold batches of 4: the training goes on with half of that.",
  ]);

  const other = fresh();
  const whole = await Stepper.compile(other, asked);
  await whole.step(other, await batch(4), rates);
  await whole.settle(other);
  await whole.dispose();
  const half = await Stepper.compile(other, { ...asked, batch: 2 });
  const expected = [];
  for (let i = 0; i < 2; i++) expected.push(await half.step(other, await batch(2), rates));
  await half.settle(other);
  await half.dispose();
  expect(halved).toEqual(expected);
  expect(state.weights).toEqual(other.weights);
});

test('a single patch that does not fit is the end', async () => {
  const state = fresh();
  const stepper = await Stepper.compile(state, asked);
  vi.spyOn(Loop.prototype, 'run').mockRejectedValue(outOfMemory);
  await expect(stepper.step(state, await batch(4), rates)).rejects.toThrow('Failed to allocate');
  expect(fitting(asked, state).batch).toBe(1);
  await stepper.dispose();
});
