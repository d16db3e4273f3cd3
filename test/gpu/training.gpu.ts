import { expect, it } from 'vitest';
import { relax } from '../../src-main/search/choices';
import { initialState, type TrainState } from '../../src-main/train/state';
import { Stepper, type StepResult } from '../../src-main/train/stepper';
import { syntheticData, vectorNames } from '../support/synthetic';

const shape = { patch: 8, weightBatch: 2, choiceBatch: 2 };
const steps = 10;

/** A supernet with everything open, its rate risen already. */
const begun = (): TrainState => ({
  ...initialState({ scale: 2, cells: 2, widths: [4, 8] }, 1, { search: 1, tune: 1 }),
  step: 200,
});

async function step(stepper: Stepper, state: TrainState): Promise<StepResult> {
  const data = syntheticData({ patch: shape.patch });
  const halves = {
    weightHalf: await data.weightHalf.batch(state.step, shape.weightBatch),
    choiceHalf: await data.choiceHalf.batch(state.step, shape.choiceBatch),
  };
  return stepper.step(state, halves, { rate: 1e-3, keep: 0.9, relaxed: relax(state.choices, 0.2) });
}

const length = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
const minus = (a: Float32Array, b: Float32Array): Float32Array => a.map((x, i) => x - b[i]!);

it('each of ten steps from the state of the CPU is the one of the CPU to 1e-3', async () => {
  let state = begun();
  const cpu = await Stepper.compile(state, shape);
  const gpu = await Stepper.compile(state, shape, { provider: 'webgpu' });
  for (let i = 0; i < steps; i++) {
    const [own, theirs] = [{ ...state }, { ...state, weights: Float32Array.from(state.weights) }];
    const [expected, result] = [await step(cpu, own), await step(gpu, theirs)];
    await cpu.settle(own);
    await gpu.settle(theirs);
    expect(Math.abs(result.weightLoss / expected.weightLoss - 1)).toBeLessThan(1e-5);
    for (const [name, gradient] of Object.entries(expected.choiceGradients)) {
      const error = minus(Float32Array.from(result.choiceGradients[name]!), Float32Array.from(gradient));
      expect(length(error), name).toBeLessThanOrEqual(1e-3 * length(gradient) + 1e-7);
    }
    for (const name of vectorNames) {
      const [update, error] = [minus(own[name], state[name]), minus(theirs[name], own[name])];
      expect(length(update), name).toBeGreaterThan(0);
      console.log(i, name, length(error) / length(update));
      expect(length(error), name).toBeLessThan(1e-3 * length(update));
    }
    state = { ...own, step: state.step + 1 };
  }
  await cpu.dispose();
  await gpu.dispose();
});

it('ten steps of a state that stays on the device are those of one that is read back each time', async () => {
  const [resident, read] = [begun(), begun()];
  const staying = await Stepper.compile(resident, shape, { provider: 'webgpu' });
  const { weights } = resident;
  const losses: number[] = [];
  for (let i = 0; i < steps; i++, resident.step++) losses.push((await step(staying, resident)).weightLoss);
  expect(resident.weights).toBe(weights);
  await staying.settle(resident);
  await staying.dispose();

  const moving = await Stepper.compile(read, shape, { provider: 'webgpu' });
  for (let i = 0; i < steps; i++, read.step++) {
    const state = { ...read, weights: Float32Array.from(read.weights) };
    expect((await step(moving, state)).weightLoss).toBe(losses[i]);
    await moving.settle(state);
    for (const name of vectorNames) read[name] = state[name];
  }
  await moving.dispose();
  for (const name of vectorNames) expect(resident[name], name).toEqual(read[name]);
});
