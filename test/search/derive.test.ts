import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src-main/graph/evaluate';
import { deployed, layoutOf } from '../../src-main/model/network';
import { ParamLayout, zeros } from '../../src-main/nn/params';
import { inherit, overlay } from '../../src-main/search/derive';
import { allCandidates, type CandidateOp, type Candidates } from '../../src-main/search/space';
import { dropIdleCells } from '../../src-main/train/idleCells';
import { changeCandidates, freshState, vectors } from '../../src-main/train/state';
import { decidedOf, noisyWeights, randomPicture } from '../support/architectures';
import { expectClose } from '../support/gradcheck';

const layout = (shapes: Record<string, number[]>): ParamLayout =>
  new ParamLayout(Object.entries(shapes).map(([name, shape]) => ({ name, shape, init: zeros })));
const counting = (size: number, from = 1): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => from + i);

describe('inheriting', () => {
  it('takes the leading block of every tensor that is there under the same name', () => {
    const from = layout({ kernel: [3, 4, 2], bias: [3], gone: [2] });
    const to = layout({ bias: [2], kernel: [2, 3, 2], extra: [2] });
    const values = inherit(from, counting(from.size), to, new Float32Array(to.size).fill(-1));
    expect([...to.view(values, to.get('bias')!)]).toEqual([25, 26]);
    expect([...to.view(values, to.get('kernel')!)]).toEqual([1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14]);
    expect([...to.view(values, to.get('extra')!)]).toEqual([-1, -1]);
  });

  it('starts new rows from fresh values and new columns from zero', () => {
    const from = layout({ kernel: [1, 2], cube: [2, 2, 1], bias: [1] });
    const to = layout({ kernel: [2, 3], cube: [2, 3, 2], bias: [3] });
    const values = inherit(from, counting(from.size), to, new Float32Array(to.size).fill(9));
    expect([...to.view(values, to.get('kernel')!)]).toEqual([1, 2, 0, 9, 9, 9]);
    expect([...to.view(values, to.get('cube')!)]).toEqual([3, 0, 4, 0, 0, 0, 5, 0, 6, 0, 0, 0]);
    expect([...to.view(values, to.get('bias')!)]).toEqual([7, 9, 9]);
  });

  it('changes nothing where nothing changes, and leaves what it reads alone', () => {
    const all = allCandidates({ scale: 2, cells: 2, widths: [4, 8] });
    const own = layoutOf(all);
    const weights = own.initial(3);
    const before = weights.slice();
    expect(inherit(own, weights, own, own.initial(4))).toEqual(before);
    expect(weights).toEqual(before);
  });
});

describe('laying weights over others', () => {
  it('replaces the leading blocks and keeps what goes on beyond them', () => {
    const from = layout({ kernel: [1, 2], bias: [1], gone: [2] });
    const to = layout({ kernel: [2, 3], bias: [2], extra: [1] });
    const values = overlay(from, counting(from.size), to, new Float32Array(to.size).fill(9));
    expect([...to.view(values, to.get('kernel')!)]).toEqual([1, 2, 9, 9, 9, 9]);
    expect([...to.view(values, to.get('bias')!)]).toEqual([3, 9]);
    expect([...to.view(values, to.get('extra')!)]).toEqual([9]);
  });
});

const output = (candidates: Candidates, weights: Float32Array): Float64Array =>
  evaluate([deployed(candidates, layoutOf(candidates), weights, [6, 5])], {
    lr: randomPicture(90, 4),
  })[0]!.data;

describe('widening a finished network', () => {
  const wider = (
    { trunk, cells, ...rest }: Candidates,
    by: { trunk: number; inner: number },
  ): Candidates => ({
    ...rest,
    trunk: trunk.map((width) => width + by.trunk),
    cells: cells.map(({ inner, ops }) => ({ ops, inner: inner.map((width) => width + by.inner) })),
  });
  function expectSame(narrow: Candidates, wide: Candidates): void {
    const [from, to] = [layoutOf(narrow), layoutOf(wide)];
    const weights = noisyWeights(from, 1);
    const carried = inherit(from, weights, to, noisyWeights(to, 2));
    expectClose(output(wide, carried), output(narrow, weights), 1e-5, JSON.stringify(narrow));
  }

  it('keeps its function, whatever its ops', () => {
    const all = allCandidates({ scale: 2, cells: 3, widths: [3, 4, 6] });
    const property = fc.property(
      decidedOf(all),
      fc.constantFrom({ trunk: 4, inner: 0 }, { trunk: 0, inner: 3 }, { trunk: 2, inner: 5 }),
      (narrow, by) => {
        expectSame(narrow, wider(narrow, by));
      },
    );
    fc.assert(property, { seed: 31, numRuns: 60 });
  });

  it.each<CandidateOp>(['conv3x3', 'sep3x3', 'sep5x5', 'invertedResidual', 'edgeConv3x3'])(
    'keeps it where an identity passes the outputs of %s on, which can still learn',
    (op) => {
      const narrow: Candidates = {
        scale: 2,
        trunk: [8],
        exits: [1],
        fusions: ['none'],
        cells: [{ inner: [3], ops: [[op], ['identity']] }],
      };
      const wide = wider(narrow, { trunk: 0, inner: 4 });
      expectSame(narrow, wide);
      const [from, to] = [layoutOf(narrow), layoutOf(wide)];
      const carried = inherit(from, noisyWeights(from, 1), to, noisyWeights(to, 2));
      const last = { sep3x3: 'pointwise.', sep5x5: 'pointwise.', invertedResidual: 'down.' };
      const inside = op in last ? last[op as keyof typeof last] : '';
      const kernel = to.view(carried, to.get(`cell0.0.${op}.${inside}kernel`)!);
      expect(kernel.subarray((3 * kernel.length) / 7).every((w) => w !== 0)).toBe(true);
    },
  );
});

describe('narrowing a network', () => {
  it('there and back again leaves the function of the narrow one', () => {
    const all = allCandidates({ scale: 2, cells: 2, widths: [4, 8] });
    const full = layoutOf(all);
    const weights = noisyWeights(full, 1);
    const property = fc.property(decidedOf(all), (decided) => {
      const own = layoutOf(decided);
      const once = inherit(full, weights, own, own.initial(1));
      const twice = inherit(own, once, own, own.initial(2));
      expect(twice).toEqual(once);
      // Everything a decided network needs is there in the supernet: nothing of it is fresh.
      expect(inherit(full, weights, own, own.initial(5))).toEqual(once);
    });
    fc.assert(property, { seed: 32, numRuns: 40 });
  });
});

describe('changing the candidates of a run', () => {
  const narrow = allCandidates({ scale: 2, cells: 2, widths: [4] });
  const wide = allCandidates({ scale: 2, cells: 3, widths: [4, 8] });
  const plan = { search: 1, tune: 1 };

  it('carries weights, average and moments alike', () => {
    const state = freshState(wide, 1, plan);
    vectors.forEach((name, i) => {
      state[name] = counting(state.weights.length, 1000 * i);
    });
    const [from, to] = [layoutOf(wide), layoutOf(narrow)];
    const before = Object.fromEntries(vectors.map((name) => [name, state[name]]));
    changeCandidates(state, narrow, 1);
    expect(state.candidates).toBe(narrow);
    for (const name of vectors) {
      expect(state[name]).toHaveLength(to.size);
      for (const spec of to.specs) {
        const [source, got] = [from.view(before[name]!, from.get(spec.name)!), to.view(state[name], spec)];
        // Only what was there, in its order.
        expect(source[0]).toBe(got[0]);
        expect([...got].every((x) => source.includes(x))).toBe(true);
      }
    }
  });

  it('gives back what the starter knows of a cell that was left out', () => {
    const starter = { candidates: wide, weights: noisyWeights(layoutOf(wide), 5) };
    const state = { ...freshState(wide, 1, plan), weights: Float32Array.from(starter.weights) };
    changeCandidates(state, narrow, 1);
    changeCandidates(state, wide, 1, starter);
    expect(state.weights).toEqual(starter.weights);
    expect(state.m.every((x) => x === 0)).toBe(true);
  });

  it('gives new weights their starting values but no moments', () => {
    const state = freshState(narrow, 1, plan);
    state.m.fill(5);
    state.v.fill(6);
    changeCandidates(state, wide, 1);
    const own = layoutOf(wide);
    const fresh = own.get('cell2.0.conv3x3.kernel')!;
    expect(own.view(state.m, fresh).every((x) => x === 0)).toBe(true);
    expect(own.view(state.weights, fresh)).toEqual(own.view(own.initial(1), fresh));
    const grown = own.view(state.v, own.get('stem.bias')!);
    expect([...grown]).toEqual([6, 6, 6, 6, 0, 0, 0, 0]);
  });
});

describe('a network with idle cells', () => {
  const idle = { inner: [4], ops: [['identity'], ['identity']] } as const;
  const busy = { inner: [4], ops: [['identity'], ['conv3x3']] } as const;
  const other = { inner: [4], ops: [['invertedResidual'], ['edgeConv3x3']] } as const;
  const net = (...cells: Candidates['cells']): Candidates => ({
    ...{ scale: 2, trunk: [6], exits: [cells.length], fusions: ['none'], cells },
  });
  const runOf = (candidates: Candidates) => {
    const weights = noisyWeights(layoutOf(candidates), 3);
    return {
      ...freshState(candidates, 1, { search: 1, tune: 1 }),
      ...{ weights, average: Float32Array.from(weights) },
    };
  };

  it.each([
    { name: 'two behind another', cells: [busy, idle, idle], left: 1 },
    { name: 'one in front and one behind', cells: [idle, busy, idle], left: 1 },
    { name: 'two in between', cells: [busy, idle, idle, other, idle], left: 2 },
    { name: 'nothing but idle ones', cells: [idle, idle], left: 1 },
  ])('does the same without them: $name', ({ cells, left }) => {
    const state = runOf(net(...cells));
    const before = output(state.candidates, state.weights);
    dropIdleCells(state);
    expect(state.candidates.cells).toHaveLength(left);
    expect(state.candidates.exits).toEqual([left]);
    expectClose(output(state.candidates, state.weights), before, 1e-5, 'shorter');
    expect(state.average).toEqual(state.weights);
  });

  it('takes a feature that is not before the exit for none', () => {
    const state = runOf({ ...net(busy, idle), fusions: [3] });
    dropIdleCells(state);
    expect(state.candidates.exits).toEqual([1]);
  });

  it('keeps those behind an earlier feature that is read, and counts that anew where others went', () => {
    const state = runOf({ ...net(idle, busy, idle, other), fusions: [2] });
    const before = output(state.candidates, state.weights);
    dropIdleCells(state);
    expect(state.candidates.cells).toEqual([busy, idle, other]);
    expect(state.candidates.fusions).toEqual([1]);
    expectClose(output(state.candidates, state.weights), before, 1e-5, 'shorter');
  });

  it('keeps moments with their weights', () => {
    const state = runOf(net(idle, busy));
    const kernel = (name: string) => {
      const layout = layoutOf(state.candidates);
      return layout.view(state.v, layout.get(name)!);
    };
    kernel('cell1.1.conv3x3.kernel').fill(7);
    dropIdleCells(state);
    expect(kernel('cell0.1.conv3x3.kernel').every((x) => x === 7)).toBe(true);
    expect(kernel('stem.kernel').every((x) => x === 0)).toBe(true);
  });
});
