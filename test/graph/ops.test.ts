import { describe, expect, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import { numeric, sizeOf, topological, type Node } from '../../src-main/graph/ops';

describe('topological order', () => {
  const x = g.input('x', [2]);

  it('puts inputs before users, every node once', () => {
    const square = g.mul(x, x);
    const y = g.add(g.relu(square), square);
    const order = topological([y, square]);
    expect(new Set(order).size).toBe(order.length);
    order.forEach((node, i) => {
      node.inputs.forEach((from) => {
        expect(order.indexOf(from)).toBeLessThan(i);
      });
    });
    expect(order.at(-1)).toBe(y);
  });

  it('is the same every time and follows the order of the inputs', () => {
    const z = g.input('z', [2]);
    expect(topological([g.sub(x, z)]).slice(0, 2)).toEqual([x, z]);
  });

  it('takes chains deeper than the call stack', () => {
    let deep: Node = x;
    for (let i = 0; i < 50_000; i++) deep = g.abs(deep);
    expect(topological([deep])).toHaveLength(50_001);
  });
});

it('a ReLU of a ReLU is itself', () => {
  const once = g.relu(g.input('x', [2]));
  expect(g.relu(once)).toBe(once);
});

describe('sizes', () => {
  it('multiply out; a scalar has one element', () => {
    expect([sizeOf([2, 3, 4]), sizeOf([])]).toEqual([24, 1]);
  });

  it('of an open shape are an error', () => {
    expect(() => numeric([1, 'h'])).toThrow('Expected a fixed shape but received [1, h]');
  });
});
