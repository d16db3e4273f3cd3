import { describe, expect, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { gradients } from '../../src-main/graph/gradients';
import { Rng } from '../../src-main/base/rng';
import type { Node } from '../../src-main/graph/ops';
import { heNormal, ParamLayout, zeros, type Weights } from '../../src-main/nn/params';

const network = (weights: Weights): Node[] => [
  weights('stem', [4, 3, 3, 3], heNormal()),
  weights('stem.bias', [4], zeros),
  weights('tail', [2, 4], heNormal(0.5)),
];

describe('ParamLayout', () => {
  const layout = ParamLayout.declare(network);

  it('lists what a network asks for, in order, end to end', () => {
    expect(layout.specs.map(({ name, shape, offset }) => [name, shape, offset])).toEqual([
      ['stem', [4, 3, 3, 3], 0],
      ['stem.bias', [4], 108],
      ['tail', [2, 4], 112],
    ]);
    expect(layout.size).toBe(120);
    expect(layout.get('tail')!.offset).toBe(112);
    expect(layout.get('nothing')).toBeUndefined();
  });

  it('holds a weight that is asked for twice once, and gives both askers one node', () => {
    const nodes: Node[] = [];
    const shared = ParamLayout.declare((weights) => nodes.push(...network(weights), ...network(weights)));
    expect(shared.size).toBe(120);
    expect(nodes.slice(0, 3)).toEqual(nodes.slice(3));
    expect(nodes[0]).toBe(nodes[3]);
  });

  it('refuses one name for two shapes', () => {
    const twice = (weights: Weights) => [weights('a', [2], zeros), weights('a', [3], zeros)];
    expect(() => ParamLayout.declare(twice)).toThrow('weight a is asked for in two shapes');
  });

  it('gives the same values as slices of one vector, as constants and as views', () => {
    const flat = Float32Array.from({ length: layout.size }, (_, i) => i);
    const sliced = network(layout.slices(g.input('flat', [layout.size])).weights);
    const fixed = network(layout.constants(flat));
    const values = evaluate([...sliced, ...fixed], { flat });
    layout.specs.forEach((spec, i) => {
      expect(values[i]!.shape).toEqual(spec.shape);
      expect([...values[i]!.data]).toEqual([...layout.view(flat, spec)]);
      expect(values[i + 3]).toEqual(values[i]);
    });
  });

  it('gives every tensor its place in the gradient of the vector', () => {
    const flat = g.input('flat', [layout.size]);
    const { weights, nodes } = layout.slices(flat);
    const [, bias, tail] = network(weights);
    const loss = g.add(g.reduceSum(bias!, [0]), g.mul(g.reduceSum(tail!, [0, 1]), 3));
    const [grad] = evaluate(gradients(loss, [flat]), { flat: new Float32Array(layout.size) });
    expect([...grad!.data]).toEqual([
      ...Array<number>(108).fill(0),
      ...Array<number>(4).fill(1),
      ...Array<number>(8).fill(3),
    ]);
    expect([...nodes.keys()]).toEqual(['stem', 'stem.bias', 'tail']);
    expect(weights('stem', [4, 3, 3, 3], zeros)).toBe(nodes.get('stem'));
  });

  it('refuses a weight that was not declared', () => {
    const { weights } = layout.slices(g.input('flat', [layout.size]));
    expect(() => weights('head', [1], zeros)).toThrow('weight head was not declared');
    expect(() => layout.constants(new Float32Array(120))('head', [1], zeros)).toThrow(
      'weight head was not declared',
    );
  });
});

describe('starting values', () => {
  const layout = ParamLayout.declare(network);
  const valuesOf = (of: ParamLayout, seed: number, name: string) => [
    ...of.view(of.initial(seed), of.get(name)!),
  ];

  it('are the same for the same seed and others for another', () => {
    expect(layout.initial(3)).toEqual(layout.initial(3));
    expect(valuesOf(layout, 3, 'stem')).not.toEqual(valuesOf(layout, 4, 'stem'));
  });

  it('do not change when other tensors are dropped, added or come in another order', () => {
    const fewer = ParamLayout.declare((weights) => weights('tail', [2, 4], heNormal(0.5)));
    const more = ParamLayout.declare((weights) => [
      weights('extra', [9], heNormal()),
      ...network(weights).reverse(),
    ]);
    for (const other of [fewer, more])
      expect(valuesOf(other, 3, 'tail')).toEqual(valuesOf(layout, 3, 'tail'));
  });

  it('differ between tensors of one shape', () => {
    const names = Array.from(
      { length: 200 },
      (_, i) => `cell${Math.floor(i / 20)}.op${Math.floor(i / 4) % 5}.k${i % 4}`,
    );
    const many = ParamLayout.declare((weights) => names.map((name) => weights(name, [3, 3], heNormal())));
    expect(new Set(names.map((name) => valuesOf(many, 1, name).join())).size).toBe(names.length);
  });

  it('of He have variance gain^2 2 / fan-in; zeros are zero', () => {
    const values = heNormal(0.5)(new Rng(1), [200, 10, 3, 3]);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 2);
    expect(variance / (0.25 * (2 / 90))).toBeCloseTo(1, 1);
    expect(zeros(new Rng(1), [3])).toEqual(new Float32Array(3));
  });
});
