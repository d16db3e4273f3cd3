import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { loadCheckpoint, saveCheckpoint } from '../../src-main/train/checkpoint';
import { initialState, type TrainState } from '../../src-main/train/state';
import { noisyWeights } from '../support/architectures';
import { layoutOf } from '../../src-main/model/network';

const key = { scale: 2, budget: 'fast', seed: 1 };
const told = { what: 'The search of that name' };

function someState(): TrainState {
  const state = initialState({ scale: 2, cells: 2, widths: [4, 8] }, 3, { search: 60, tune: 140 });
  const layout = layoutOf(state.candidates);
  // Views into a larger buffer, as a runtime may return them.
  const buffer = new Float32Array(3 * layout.size);
  state.m = buffer.subarray(layout.size, 2 * layout.size);
  state.m.set(noisyWeights(layout, 2));
  state.v.set([NaN, Infinity, -0, 1e-42, 3.4e38]);
  state.choices['exit']!.logits = [0.1 + 0.2, 1 / 3];
  state.lambda = -0.1;
  state.step = 1234;
  state.seconds = 99.125;
  state.history.push({ stage: 'search', step: 1, seconds: 1, loss: 0.5, psnr: NaN, msPerStep: 3 });
  return state;
}

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  path = join(folder, 'checkpoint');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const refused = async (load: Promise<unknown>): Promise<string> => {
  const error: unknown = await load.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
};

describe('checkpoints', () => {
  it('give back exactly what was saved', async () => {
    const state = someState();
    await saveCheckpoint(path, key, state);
    const loaded = await loadCheckpoint(path, key, told);
    expect(loaded).toEqual(state);
    expect(loaded!.choices['exit']!.logits).toEqual([0.1 + 0.2, 1 / 3]);
    expect(loaded!.v.slice(0, 5)).toEqual(Float32Array.of(NaN, Infinity, -0, 1e-42, 3.4e38));
    expect(loaded!.m).toEqual(state.m.slice());
    // Only the view was written, not the buffer behind it.
    expect((await readFile(path)).length).toBeLessThan(5.5 * 4 * state.weights.length + 1e4);
  });

  it('replace each other, leaving nothing beside', async () => {
    const state = someState();
    await saveCheckpoint(path, key, state);
    state.step = 5678;
    await saveCheckpoint(path, key, state);
    expect((await loadCheckpoint(path, key, told))!.step).toBe(5678);
    expect(await readdir(folder)).toEqual(['checkpoint']);
  });

  it('that are not there yet begin a new run', async () => {
    expect(await loadCheckpoint(path, key, told)).toBeUndefined();
  });

  it.each([
    [{ ...key, budget: 'best' }, 'budget'],
    [{ ...key, seed: 2, scale: 3 }, 'scale, seed'],
    [{ ...key, steps: 10 }, 'steps'],
  ])('of other options are refused, naming them and the way out (%#)', async (other, naming) => {
    await saveCheckpoint(path, key, someState());
    const message = await refused(loadCheckpoint(path, other, told));
    expect(message).toContain(`${told.what} was begun with another ${naming}.`);
    expect(message).toContain('--restart');
  });

  it('that are damaged are refused, naming the file and the way out', async () => {
    await saveCheckpoint(path, key, someState());
    const whole = await readFile(path);
    const flipped = Buffer.from(whole);
    flipped.fill(0xff, 2, 40);
    const damaged = [
      Buffer.alloc(0),
      Buffer.from('not a checkpoint'),
      whole.subarray(0, 1),
      whole.subarray(0, 30),
      whole.subarray(0, whole.length / 2),
      whole.subarray(0, whole.length - 1),
      Buffer.alloc(whole.length),
      flipped,
      serialize(undefined),
      serialize(null),
      serialize(7),
      serialize({ format: 1 }),
      serialize({ format: 1, key }),
      serialize({ format: 1, key: null, state: null }),
    ];
    for (const bytes of damaged) {
      await writeFile(path, bytes);
      const message = await refused(loadCheckpoint(path, key, told));
      expect(message).toContain(path);
      expect(message).toContain('damaged');
      expect(message).toContain('--restart');
    }
  });

  it('of a later version are refused', async () => {
    await writeFile(path, serialize({ format: 99, key, state: {} }));
    const message = await refused(loadCheckpoint(path, key, told));
    expect(message).toContain('another version');
    expect(message).toContain('--restart');
  });

  it('that cannot be read are refused', async () => {
    const message = await refused(loadCheckpoint(folder, key, told));
    expect(message).toContain(folder);
    expect(message).toContain('--restart');
  });
});
