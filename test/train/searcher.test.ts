import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Cancelled } from '../../src-main/base/errors';
import type { PartCosts } from '../../src-main/latency/penalty';
import { layoutOf } from '../../src-main/model/network';
import { isDecided, type Space } from '../../src-main/search/space';
import { loadCheckpoint, saveCheckpoint } from '../../src-main/train/checkpoint';
import { countedClock, timedClock, type RunData, type RunHooks } from '../../src-main/train/run';
import { radiusAt, search, searchSettings } from '../../src-main/train/searcher';
import { initialState, startStage, type TrainState, vectors } from '../../src-main/train/state';
import { Stepper } from '../../src-main/train/stepper';
import { Chooser } from '../../src-main/train/chooser';
import { tune, tuneSettings } from '../../src-main/train/tuner';
import { syntheticData } from '../support/synthetic';

const space: Space = { scale: 2, cells: 2, widths: [4, 8] };
const plan = { search: 80, tune: 160 };
const key = { name: 'test' };
const costs: PartCosts = {
  op: (op, cin, cout) => (op.startsWith('sep') ? 0.1 : 1) * 0.002 * cin * cout,
  alone: (op, trunk) => (op.startsWith('sep') ? 0.1 : 1) * 0.002 * trunk ** 2,
  ends: (trunk) => 0.02 * trunk,
  add: (trunk) => 0.001 * trunk,
};

// A tiny search: small patches, and rebuilt as soon as anything can be dropped.
Object.assign(searchSettings, {
  shape: { patch: 8, weightBatch: 2, choiceBatch: 2 },
  patience: 3,
  stepsPerRebuild: 0,
  choiceRate: 0.03,
});
Object.assign(tuneSettings, { shape: { patch: 8, batch: 8 }, smallShape: { patch: 6, batch: 14 } });

interface Run {
  state: TrainState;
  /** The loss of every step, by its number. */
  losses: number[];
  /** Steps at which the gradient of the choices was compiled anew. */
  compiledAt: number[];
}

/** A whole run, saved and given up behind the steps of `stopAt`, and begun again from the file each time. */
async function run(data: RunData, file: string, stopAt: readonly number[]): Promise<Run> {
  const steps = vi.spyOn(Stepper.prototype, 'step');
  const compiles = vi.spyOn(Chooser, 'compile');
  const stops = new Set(stopAt.map((step) => step + 1));
  const counted = countedClock(plan);
  try {
    let state = initialState(space, 1, plan);
    for (;;) {
      const stop = new AbortController();
      const hooks: RunHooks = {
        provider: 'cpu',
        clock: {
          ...counted,
          progress: (current: TrainState): number => {
            if (stops.delete(current.step)) stop.abort();
            return counted.progress(current);
          },
        },
        signal: stop.signal,
        onStep: () => undefined,
        save: (current: TrainState) => saveCheckpoint(file, key, current),
        say: () => undefined,
      };
      try {
        if (state.stage === 'search') {
          await search(state, data, { seed: 1, costs, targetRatio: 0.6, measure: undefined }, hooks);
          startStage(state, 'tune');
        }
        await tune(state, data, hooks);
        break;
      } catch (error) {
        if (!(error instanceof Cancelled)) throw error;
        state = (await loadCheckpoint(file, key, { what: 'It' }))!;
      }
    }
    expect(stops.size).toBe(0);
    const results = await Promise.all(steps.mock.results.map(({ value }) => value as Promise<number>));
    const stepsBefore = (order: number): number =>
      steps.mock.invocationCallOrder.filter((own) => own < order).length;
    return {
      state,
      losses: results,
      compiledAt: compiles.mock.invocationCallOrder.map(stepsBefore),
    };
  } finally {
    steps.mockRestore();
    compiles.mockRestore();
  }
}

let folder: string;
let data: RunData;
let whole: Run;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'searcher-'));
  data = syntheticData();
  whole = await run(data, join(folder, 'whole'), []);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a search', () => {
  it('rests its choices first, then lets the radius rise until all are made', () => {
    expect([0, 0.1, 0.15, 0.525, 0.9, 1].map((t) => radiusAt(t, 0.15))).toEqual([0, 0, 0, 0.5, 1, 1]);
    const points = whole.state.history.flatMap(({ search: point }) => (point ? [point] : []));
    expect(points[0]!.radius).toBe(0);
    const radii = points.map(({ radius }) => radius);
    expect(radii).toEqual(radii.toSorted((a, b) => a - b));
    expect(radii.at(-1)).toBeGreaterThan(0.5);
  });

  it('ends with every choice made, and weights for just that network', () => {
    const { state } = whole;
    expect(isDecided(state.candidates)).toBe(true);
    expect(state.candidates.cells).toHaveLength(state.candidates.exits[0]!);
    for (const name of vectors) {
      expect(state[name]).toHaveLength(layoutOf(state.candidates).size);
      expect(state[name].every(Number.isFinite)).toBe(true);
    }
    for (const { logits } of Object.values(state.choices)) expect(logits.every(Number.isFinite)).toBe(true);
  });

  it('rebuilds its step program as the support shrinks, several times', () => {
    const supports = whole.state.history.flatMap(({ search: point }) => (point ? [point.support] : []));
    expect(supports).toEqual(supports.toSorted((a, b) => b - a));
    expect(new Set(supports).size).toBeGreaterThan(2);
    expect(supports.at(-1)).toBeLessThan(supports[0]! / 2);
    expect(whole.compiledAt.filter((step) => step < plan.search).length).toBeGreaterThan(2);
    for (const level of ['network', 'cell', 'kernel'] as const) {
      const alive = whole.state.history.flatMap(({ search: point }) => (point ? [point.alive[level]] : []));
      expect(alive[0]).toBeGreaterThan(1);
      expect(alive.at(-1)).toBe(1);
    }
  });

  it('loses nothing when the choices have been made', () => {
    expect(whole.losses).toHaveLength(whole.state.step);
    expect(whole.losses.every(Number.isFinite)).toBe(true);
    const { history } = whole.state;
    const tuning = history.findIndex(({ stage }) => stage === 'tune');
    expect(tuning).toBeGreaterThan(0);
    // dB on the same held-out crops: by the supernet just before, by the derived network just after.
    expect(Math.abs(history[tuning]!.psnr - history[tuning - 1]!.psnr)).toBeLessThan(0.05);
  });
});

describe('a run that was interrupted and resumed', () => {
  it('gives the losses, curves and weights of the uninterrupted one', async () => {
    const rebuilt = whole.compiledAt.filter((step) => step > 0 && step < plan.search);
    // In rest, as choices open, around a rebuild, between, in the last step of the search, in tuning.
    const stopAt = [
      2,
      12,
      rebuilt[1]! - 1,
      rebuilt[1]!,
      50,
      whole.losses.length - plan.tune - 1,
      whole.state.step - 5,
    ];
    const resumed = await run(data, join(folder, 'resumed'), stopAt);
    expect(resumed.losses).toHaveLength(whole.losses.length);
    whole.losses.forEach((loss, step) => {
      expect(Math.abs(resumed.losses[step]! - loss), `step ${step}`).toBeLessThan(1e-6);
    });
    expect(resumed.state.candidates).toEqual(whole.state.candidates);
    expect(resumed.state.step).toBe(whole.state.step);
    for (const name of vectors)
      resumed.state[name].forEach((x, i) => {
        expect(Math.abs(x - whole.state[name][i]!), name).toBeLessThan(1e-6);
      });
    const curve = ({ state }: Run) =>
      state.history.map(({ stage, step, loss, psnr, search: point }) => ({ stage, step, loss, psnr, point }));
    expect(curve(resumed).map(({ step }) => step)).toEqual(curve(whole).map(({ step }) => step));
    curve(resumed).forEach((point, i) => {
      expect(point.loss).toBeCloseTo(curve(whole)[i]!.loss, 6);
      expect(point.psnr).toBeCloseTo(curve(whole)[i]!.psnr, 4);
      expect(point.point?.support).toBe(curve(whole)[i]!.point?.support);
    });
  });
});

describe('clocks', () => {
  const state = { ...initialState(space, 1, plan), step: 30, seconds: 12 };
  it('count steps or compute seconds from the start of the stage', () => {
    const late = { ...state, stage: 'tune' as const, stageStart: { step: 22, seconds: 10 } };
    const counted = countedClock({ search: 80, tune: 16 });
    expect(counted.progress(late)).toBe(0.5);
    expect(counted.stepsLeft(late, 7)).toBe(8);
    const timed = timedClock({ search: 5, tune: 8 });
    expect(timed.progress(late)).toBe(0.25);
    expect(timed.stepsLeft(late, 100)).toBe(60);
    expect(timed.progress(state)).toBe(1);
  });
});
