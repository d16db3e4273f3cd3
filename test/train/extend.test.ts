import { afterEach, expect, test, vi } from 'vitest';
import { parseGenotype } from '../../src-main/search/genotype';
import { extendPlan } from '../../src-main/train/plan';
import { countedClock, type RunHooks } from '../../src-main/train/run';
import { freshState, type Aim, type TrainState } from '../../src-main/train/state';
import { Stepper } from '../../src-main/train/stepper';
import { tune, tuneSettings } from '../../src-main/train/tuner';
import { syntheticData } from '../support/synthetic';

// One step stands for one second here: what follows the clock must not depend on this machine.
Object.assign(tuneSettings, { shape: { patch: 12, batch: 8 }, smallShape: { patch: 8, batch: 16 } });
afterEach(() => vi.restoreAllMocks());

const hooksOf = (plan: TrainState['plan']): RunHooks => ({
  provider: 'cpu',
  clock: countedClock(plan),
  signal: new AbortController().signal,
  onStep: () => undefined,
  save: () => Promise.resolve(),
  say: () => undefined,
});

test('more minutes after the end: the rate rises again and falls to the end, and the model gets better', async () => {
  const aim = { minutes: 1 } as Aim;
  const state = freshState(parseGenotype('x2 c8 | edge3 8 conv3'), 1, { search: 1, tune: 240 });
  const hooks = hooksOf(state.plan);
  const step = vi.spyOn(Stepper.prototype, 'step');
  const rates = (): number[] => step.mock.calls.map(([, , { rate }]) => rate);
  const data = syntheticData();

  await tune(state, data, hooks);
  expect(rates()).toHaveLength(240);
  const ended = state.history.at(-1)!;

  extendPlan(state.plan, aim, 1);
  await tune(state, data, hooks);
  expect(rates()).toHaveLength(240);

  extendPlan(state.plan, aim, 9);
  expect(aim.minutes).toBe(9);
  await tune(state, data, hooks);
  const [before, after] = [rates().slice(0, 240), rates().slice(240)];
  expect(after).toHaveLength(480);
  expect(after[0]).toBeGreaterThan(20 * before.at(-1)!);
  expect(after[0]).toBeLessThan(tuneSettings.fresh.rate);
  expect(after).toEqual(after.toSorted((a, b) => b - a));
  expect(after.at(-1)).toBeLessThan(0.01 * tuneSettings.fresh.rate);
  expect(state.history.at(-1)!.psnr).toBeGreaterThan(ended.psnr);
  const steps = state.history.map((point) => point.step);
  expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b));
  expect(steps.at(-1)).toBe(720);
});

test.each(['fresh', 'further', 'finished'] as const)(
  'weights that are %s see small patches for their part of the time, then larger ones, on one curve',
  async (kind) => {
    const tuning = tuneSettings[kind];
    const state = freshState(parseGenotype('x2 c4 | id 4 conv3'), 1, { search: 0, tune: 40 });
    const step = vi.spyOn(Stepper.prototype, 'step');
    await tune(state, syntheticData(), hooksOf(state.plan), tuning);
    const { smallShape, shape } = tuneSettings;
    const values = step.mock.calls.map(([, { lr }]) => lr.length / 3);
    const [few, many] = [smallShape, shape].map(({ patch, batch }) => batch * patch ** 2);
    expect(values).toEqual(Array.from({ length: 40 }, (_, i) => (i < 40 * tuning.small ? few : many)));
    expect(state.history.map((point) => point.step)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    const rates = step.mock.calls.map(([, , { rate }]) => rate);
    expect(Math.max(...rates)).toBeLessThanOrEqual(tuning.rate);
  },
);
