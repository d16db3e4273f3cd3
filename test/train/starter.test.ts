import { describe, expect, it, test } from 'vitest';
import { layoutOf } from '../../src-main/model/network';
import { opNames, plainNet } from '../../src-main/search/space';
import { countedClock } from '../../src-main/train/run';
import { starterSettings, starterState, trainStarter } from '../../src-main/train/starter';
import { syntheticData } from '../support/synthetic';

describe('a starter that goes on from one of another scale', () => {
  const candidates = plainNet(2, 16, 2);
  const known = layoutOf(candidates);
  const training = { photos: ['a.jpg'], steps: 10, seconds: 1, curve: [], version: '1' };
  const from = { candidates, training, weights: known.initial(5) };
  const { weights, candidates: own } = starterState(4, from, 1, 60);
  const layout = layoutOf(own);
  const leading = (name: string, rows: number): number[] => {
    const spec = layout.get(name)!;
    const row = layout.view(weights, spec).length / spec.shape[0]!;
    return [...layout.view(weights, spec).subarray(0, rows * row)];
  };

  it('has its weights between the ends', () => {
    const stem = known.view(from.weights, known.get('stem.kernel')!);
    expect(own.scale).toBe(4);
    expect(leading('stem.kernel', 16)).toEqual([...stem]);
  });

  it('begins anew where the scale counts', () => {
    const fresh = layoutOf({ ...candidates, scale: 4 });
    const skip = fresh.get('skip.kernel')!;
    expect(leading('skip.kernel', 48)).toEqual([...fresh.view(fresh.initial(1), skip)]);
  });
});

test('a starter from nothing trains one operation first, from which all others then begin', async () => {
  const { shape } = starterSettings;
  Object.assign(starterSettings, { shape: { patch: 8, batch: 2 } });
  const state = starterState(3, undefined, 1, 4);
  expect(new Set(state.candidates.cells.flatMap(({ ops }) => ops.flat()))).toEqual(new Set(['edgeConv3x3']));
  const stages: string[] = [];
  await trainStarter(state, syntheticData({ scale: 3 }), 1, {
    provider: 'cpu',
    clock: countedClock(state.plan),
    signal: new AbortController().signal,
    onStep: () => undefined,
    save: (now) => Promise.resolve(void stages.push(now.stage)),
    say: () => undefined,
  });
  Object.assign(starterSettings, { shape });
  expect(state.step).toBe(4);
  expect(new Set(stages)).toEqual(new Set(['search', 'tune']));
  for (const { ops } of state.candidates.cells) for (const list of ops) expect(list).toEqual(opNames);
});
