import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../src-main/model/network';
import { plainNet } from '../../src-main/search/space';
import { starterState } from '../../src-main/train/starter';

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
