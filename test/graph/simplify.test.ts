import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { sizeOf, topological, type Node } from '../../src-main/graph/ops';
import { simplify } from '../../src-main/graph/simplify';
import { expectClose } from '../support/gradcheck';

const x = g.input('x', [2, 3]);
const simple = (node: Node): Node => simplify({ y: node }).y;
const count = (...outputs: Node[]): number => topological(outputs).length;

describe('simplify', () => {
  it('folds what depends on constants only', () => {
    const folded = simple(g.add(x, g.mul(g.constant([1, 2, 3], [3]), g.sqrt(g.scalar(4)))));
    expect(folded.op).toBe('Add');
    expect(folded.inputs[1]!.op === 'Constant' && [...folded.inputs[1].attrs.data]).toEqual([2, 4, 6]);
  });

  it('folds the larger and the smaller of two negative numbers', () => {
    const [high, low] = evaluate([simple(g.max(g.scalar(-3), -2)), simple(g.min(g.scalar(3), 2))]);
    expect([high!.data[0], low!.data[0]]).toEqual([-2, 2]);
  });

  it('leaves the expansion of a small constant to the runtime', () => {
    expect(simple(g.expand(g.scalar(1), [100, 100])).op).toBe('Expand');
  });

  it('shares equal nodes, whole chains of them', () => {
    const chain = () => g.relu(g.mul(g.add(x, 1), 2));
    const y = simple(g.add(chain(), chain()));
    expect(y.inputs[0]).toBe(y.inputs[1]);
    expect(count(y)).toBe(7);
  });

  it('shares across outputs, and inputs by their name', () => {
    const both = simplify({ a: g.relu(x), b: g.relu(g.input('x', [2, 3])) });
    expect(both.a).toBe(both.b);
  });

  it('tells apart nodes that differ in attributes, order or shape only', () => {
    const pairs: [Node, Node][] = [
      [g.slice(x, 1, 0, 1), g.slice(x, 1, 1, 2)],
      [g.sub(x, g.input('z', [2, 3])), g.sub(g.input('z', [2, 3]), x)],
      [g.reshape(x, [6, 1]), g.reshape(x, [1, 6])],
      [g.add(x, g.constant([2], [1, 1])), g.add(x, g.constant([2], [1, 1, 1]))],
      [g.pad(x, [1, 0, 0, 0]), g.pad(x, [1, 0, 0, 0], 'edge')],
    ];
    for (const [a, b] of pairs) {
      const both = simplify({ a, b });
      expect(both.a).not.toBe(both.b);
    }
  });

  it('never takes one big constant for another', () => {
    const big = (value: number) => g.constant(new Float32Array(100).fill(value), [100]);
    const same = g.expand(big(1), [100]); // an identity, dropped
    const both = simplify({ a: same, b: big(2), c: g.relu(big(3)) });
    const firsts = evaluate([both.a, both.b, both.c]).map(({ data }) => data[0]);
    expect(firsts).toEqual([1, 2, 3]);
  });

  const z = g.input('z', [1, 4, 2, 2]);
  it.each<[string, Node, Node]>([
    ['0 +', g.add(0, x), x],
    ['+ 0', g.add(x, 0), x],
    ['- 0', g.sub(x, 0), x],
    ['1 *', g.mul(1, x), x],
    ['* 1', g.mul(x, 1), x],
    ['/ 1', g.div(x, 1), x],
    ['Reshape to the same', g.reshape(x, [2, 3]), x],
    ['Reshape there and back', g.reshape(g.reshape(x, [6]), [2, 3]), x],
    ['Expand to the same', g.expand(x, [2, 3]), x],
    ['Transpose of nothing', g.transpose(x, [0, 1]), x],
    ['Transpose there and back', g.transpose(g.transpose(x, [1, 0]), [1, 0]), x],
    ['Slice of the whole', g.slice(x, 1, 0, 3), x],
    ['Pad by nothing', g.pad(z, [0, 0, 0, 0]), z],
    ['Concat of one', g.concat([x], 0), x],
    ['a chain of them', g.mul(g.reshape(g.add(g.reshape(x, [6]), 0), [2, 3]), 1), x],
  ])('drops %s', (_, node, expected) => {
    expect(simple(node)).toBe(expected);
  });

  it.each<[string, Node]>([
    ['an addition of zero that broadcasts', g.add(g.input('row', [3]), g.constant([0], [1, 1]))],
    ['0 -', g.sub(0, x)],
    ['1 /', g.div(1, x)],
    ['a square matrix transposed', g.transpose(g.input('q', [3, 3]), [1, 0])],
    ['a picture turned', g.flip(z)],
  ])('keeps %s', (_, node) => {
    expect(simple(node)).toBe(node);
  });

  it('joins chains of reshapes and of transpositions', () => {
    const reshaped = simple(g.reshape(g.reshape(g.reshape(x, [6]), [1, 6]), [3, 2]));
    expect([reshaped.op, reshaped.inputs[0], reshaped.shape]).toEqual(['Reshape', x, [3, 2]]);
    const twice = g.transpose(g.transpose(z, [1, 2, 3, 0]), [0, 2, 1, 3]);
    const turned = simple(twice);
    expect(turned.op === 'Transpose' && turned.attrs.perm).toEqual([1, 3, 2, 0]);
    const feeds = { z: Float32Array.from({ length: 16 }, (_, i) => i) };
    expect(evaluate([turned], feeds)).toEqual(evaluate([twice], feeds));
  });

  it('leaves nodes behind that nothing needs', () => {
    expect(count(simple(g.slice(g.concat([g.mul(x, 0), x], 0), 0, 0, 4)))).toBeLessThanOrEqual(5);
    expect(topological([simple(g.relu(x))])).toEqual([x, expect.objectContaining({ op: 'Relu' })]);
  });
});

/** Whole numbers keep float32 exact, so that folding may not change any result. */
const leaves: Node[] = [
  x,
  g.input('row', [3]),
  ...[-1, 0, 1, 2].map(g.scalar),
  g.constant([1, 2, 3, 4, 5, 6], [2, 3]),
  g.constant(new Float32Array(66).fill(3), [11, 6]),
];

const steps: ((a: Node, b: Node, c: Node) => Node)[] = [
  g.add,
  g.sub,
  g.max,
  g.min,
  (a, b, c) => g.where(g.greater(a, b), b, c),
  (a) => g.mul(a, 1),
  (a) => g.mul(a, 2),
  (a) => g.div(a, 1),
  (a) => g.add(a, 0),
  (a) => g.relu(a),
  (a) => g.abs(a),
  (a) => g.reshape(a, [sizeOf(a.shape)]),
  (a) => g.reshape(a, [...a.shape].reverse()),
  (a) => g.transpose(a, [...a.shape.keys()].reverse()),
  (a) => g.transpose(a, [...a.shape.keys()].slice(1).concat(0)),
  (a) => g.transpose(a, [1, 0, ...[...a.shape.keys()].slice(2)]),
  (a) => g.expand(a, a.shape),
  (a) => g.expand(a, [2, ...a.shape]),
  (a) => g.slice(a, 0, 0, a.shape[0] as number),
  (a) => g.slice(a, 0, 0, 1),
  (a) => g.flip(a),
  (a, b) => g.concat([a, b], 0),
  (a) => g.concat([a], 0),
  (a) => g.pad(a, [0, 0, 0, 0]),
  (a) => g.pad(a, [0, 1, 0, 1]),
  (a) => g.reduceSum(a, [0]),
  (a) => g.reduceSum(a, []),
  (a, b) => g.matmul(a, b),
];

/** A random graph: every step takes earlier results; those whose shapes do not fit are left out. */
const graphs = fc
  .array(fc.tuple(fc.nat(steps.length - 1), fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 24 })
  .map((choices) => {
    const nodes = [...leaves];
    for (const [step, ...operands] of choices) {
      const [a, b, c] = operands.map((at) => nodes[at % nodes.length]!) as [Node, Node, Node];
      if (sizeOf(a.shape) > 500) continue;
      try {
        nodes.push(steps[step]!(a, b, c));
      } catch (error) {
        if ((error as Error).name !== 'ShapeError') throw error;
      }
    }
    return { last: nodes.at(-1)!, before: nodes.at(-2)!, middle: nodes[nodes.length >> 1]! };
  });

describe('simplifying random graphs', () => {
  const feeds = { x: Float32Array.of(3, -1, 0, 2, -4, 1), row: Float32Array.of(-2, 1, 5) };

  it('keeps every result, never adds a node, and a second time changes nothing', () => {
    fc.assert(
      fc.property(graphs, (outputs) => {
        const once = simplify(outputs);
        const all = Object.values<Node>(outputs);
        const before = evaluate(all, feeds);
        evaluate(Object.values<Node>(once), feeds).forEach(({ data, shape }, i) => {
          expect(shape).toEqual(before[i]!.shape);
          expectClose(data, before[i]!.data, 1e-6, 'simplified');
        });
        expect(count(...Object.values<Node>(once))).toBeLessThanOrEqual(count(...all));
        const twice = simplify(once);
        for (const name of ['last', 'before', 'middle'] as const) expect(twice[name]).toBe(once[name]);
      }),
      { seed: 2101, numRuns: 600 },
    );
  });

  it('builds graphs of every size', () => {
    const sizes = fc.sample(graphs, { seed: 5, numRuns: 100 }).map(({ last }) => count(last));
    expect(Math.max(...sizes)).toBeGreaterThan(8);
  });
});
