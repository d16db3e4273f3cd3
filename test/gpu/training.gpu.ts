import { describe, expect, it } from 'vitest';
import { relax } from '../../src-main/search/choices';
import { parseGenotype } from '../../src-main/search/genotype';
import { Chooser } from '../../src-main/train/chooser';
import { freshState, initialState, type TrainState, vectors } from '../../src-main/train/state';
import { Stepper } from '../../src-main/train/stepper';
import { syntheticData } from '../support/synthetic';

const plan = { search: 1, tune: 1 };
const shape = { patch: 8, batch: 2 };
const steps = 10;
const data = syntheticData();

/** Every operation that networks are made of; what Adam's rate still rises over lies behind it. */
const begun = (): TrainState => ({
  ...freshState(parseGenotype('x2 c8 f0 | edge3 12 sep5 | ir 8 conv3'), 1, plan),
  step: 200,
});

async function step(stepper: Stepper, state: TrainState): Promise<number> {
  return stepper.step(state, await data.train.batch(state.step, shape), { rate: 1e-3, keep: 0.9 });
}

const length = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
const minus = (a: ArrayLike<number>, b: ArrayLike<number>): number[] => Array.from(a, (x, i) => x - b[i]!);

describe('training on WebGPU', () => {
  it('makes each of ten steps from the state of the CPU as the CPU does, updates to 1e-4', async () => {
    let state = begun();
    const cpu = await Stepper.compile(state, shape);
    const gpu = await Stepper.compile(state, shape, { provider: 'webgpu' });
    for (let i = 0; i < steps; i++) {
      const [own, theirs] = [{ ...state }, { ...state, weights: Float32Array.from(state.weights) }];
      const [expected, loss] = [await step(cpu, own), await step(gpu, theirs)];
      await cpu.settle(own);
      await gpu.settle(theirs);
      expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-5);
      for (const name of vectors) {
        const update = length(minus(own[name], state[name]));
        expect(update, name).toBeGreaterThan(0);
        expect(length(minus(theirs[name], own[name])) / update, `${name} ${i}`).toBeLessThan(1e-4);
      }
      state = { ...own, step: state.step + 1 };
    }
    await cpu.dispose();
    await gpu.dispose();
  });

  it('gives the same with a state that stays on the device as with one that is read back each time', async () => {
    const [resident, read] = [begun(), begun()];
    const staying = await Stepper.compile(resident, shape, { provider: 'webgpu' });
    const { weights } = resident;
    const losses: number[] = [];
    for (let i = 0; i < 3; i++, resident.step++) losses.push(await step(staying, resident));
    expect(resident.weights).toBe(weights);
    await staying.settle(resident);
    await staying.dispose();

    const moving = await Stepper.compile(read, shape, { provider: 'webgpu' });
    for (let i = 0; i < losses.length; i++, read.step++) {
      read.weights = Float32Array.from(read.weights);
      expect(await step(moving, read)).toBe(losses[i]);
      await moving.settle(read);
    }
    await moving.dispose();
    for (const name of vectors) expect(resident[name], name).toEqual(read[name]);
  });

  it('gives the choices of a supernet the gradients of the CPU to 1e-4', async () => {
    const state = initialState({ scale: 2, cells: 1, widths: [4, 8] }, 1, plan);
    const batch = await data.choiceHalf.batch(0, shape);
    const [cpu, gpu] = [await Chooser.compile(state, shape, {}), await Chooser.compile(state, shape, { provider: 'webgpu' })]; // prettier-ignore
    const relaxed = relax(state.choices, 0.2);
    const expected = await cpu.gradients(state, batch, relaxed);
    const gradients = await gpu.gradients(state, batch, relaxed);
    expect(Object.keys(gradients)).toEqual(Object.keys(expected));
    const all = (named: Record<string, number[]>): number[] => Object.values(named).flat();
    expect(length(minus(all(gradients), all(expected))) / length(all(expected))).toBeLessThan(1e-4);
    await cpu.dispose();
    await gpu.dispose();
  });
});
