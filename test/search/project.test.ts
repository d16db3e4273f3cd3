import { describe, expect, test } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { evaluate } from '../../src-main/graph/evaluate';
import { layoutOf } from '../../src-main/model/network';
import { edgeKernel } from '../../src-main/nn/layers';
import { inherit } from '../../src-main/search/derive';
import { projectOperations } from '../../src-main/search/project';
import { edgeHidden, network } from '../../src-main/search/supernet';
import { SoftInputs } from '../../src-main/search/softInputs';
import { input } from '../../src-main/graph/build';
import { allCandidates, denseCandidates, plainNet, type CandidateOp } from '../../src-main/search/space';

const space = { scale: 2, cells: 2, widths: [4, 6] } as const;
const from = layoutOf(denseCandidates(space));
const to = layoutOf(allCandidates(space));
const known = (name: string): boolean => from.get(name) !== undefined;

function projected(change: (dense: Float32Array) => void = () => undefined): Float32Array {
  const dense = from.initial(4);
  change(dense);
  const values = inherit(from, dense, to, to.initial(9));
  projectOperations(to, values, known);
  return values;
}

/** What the network with this operation everywhere makes of a picture, with the projected weights. */
function output(op: CandidateOp, values: Float32Array): Float32Array {
  const net = plainNet(2, 6, 2, op);
  const own = layoutOf(net);
  const weights = own.constants(inherit(to, values, own, own.initial(1)));
  const rng = new Rng(3);
  const lr = Float32Array.from({ length: 3 * 49 }, () => rng.next());
  const { choices } = new SoftInputs(net).nodes();
  const sr = network(input('lr', [1, 3, 7, 7]), net, weights, choices);
  return Float32Array.from(evaluate([sr], { lr })[0]!.data);
}

const distance = (a: Float32Array, b: Float32Array): number =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

/** Edge-oriented blocks whose kernels are separable for each input channel: what others can express exactly. */
function separableBlocks(dense: Float32Array): void {
  for (const spec of from.specs) {
    const view = from.view(dense, spec);
    if (/edgeConv3x3\.(squeeze|edges)$/.test(spec.name)) view.fill(0);
    if (!/edgeConv3x3\.kernel$/.test(spec.name)) continue;
    const [outputs, inputs] = spec.shape as [number, number];
    const rng = new Rng(spec.offset);
    const [u, v] = [outputs * inputs, inputs * 9].map((n) =>
      Array.from({ length: n }, () => rng.normal() / 3),
    );
    view.forEach((_, at) => {
      const channel = Math.floor(at / 9);
      view[at] = u![channel]! * v![(channel % inputs) * 9 + (at % 9)]!;
    });
  }
}

describe('operations without trained weights', () => {
  test('conv3x3 is what the edge-oriented block is', () => {
    const values = projected();
    expect(distance(output('conv3x3', values), output('edgeConv3x3', values))).toBeLessThan(1e-5);
  });

  test.each(['sep3x3', 'sep5x5', 'invertedResidual'] as const)('%s is the same where it can be', (op) => {
    const values = projected(separableBlocks);
    expect(distance(output(op, values), output('edgeConv3x3', values))).toBeLessThan(1e-4);
  });

  test('elsewhere a separable convolution is nearer than any made by chance', () => {
    const values = projected();
    const block = from.get('cell0.0.edgeConv3x3.kernel')!;
    const dims = block.shape as [number, number];
    const { kernel } = edgeKernel(to.constants(values), 'cell0.0.edgeConv3x3', [
      dims[0],
      dims[1],
      edgeHidden,
    ]);
    const whole = evaluate([kernel])[0]!.data;
    const depthwise = to.view(values, to.get('cell0.0.sep3x3.depthwise')!);
    const pointwise = to.view(values, to.get('cell0.0.sep3x3.pointwise.kernel')!);
    const rest = (turn: number): number =>
      whole.reduce((sum, x, at) => {
        const channel = Math.floor(at / 9);
        const angle = depthwise[(channel % dims[1]) * 9 + (at % 9)]! + turn * ((at % 3) - 1);
        return sum + (x - pointwise[channel]! * angle) ** 2;
      }, 0);
    expect(rest(0)).toBeLessThan(rest(0.05));
    expect(rest(0)).toBeLessThan(rest(-0.05));
    expect(rest(0)).toBeLessThan(whole.reduce((sum, x) => sum + x * x, 0));
  });

  test('those with trained weights keep them', () => {
    const dense = from.initial(4);
    const values = inherit(from, dense, to, to.initial(9));
    const before = Float32Array.from(values);
    projectOperations(to, values, () => true);
    expect(values).toEqual(before);
  });
});

test('a block of another network is left alone', () => {
  const net = layoutOf(plainNet(2, 4, 1));
  const values = net.initial(1);
  const before = Float32Array.from(values);
  projectOperations(net, values, () => false);
  expect(values).toEqual(before);
});
