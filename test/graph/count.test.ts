import { describe, expect, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import { countNetwork } from '../../src-main/graph/count';
import { simplify } from '../../src-main/graph/simplify';
import type { Node } from '../../src-main/graph/ops';
import { heNormal, ParamLayout, zeros, type Weights } from '../../src-main/nn/params';

const lr = g.input('lr', [1, 3, 10, 20]);

/** 3 -> 8 with bias, depthwise 5x5, 8 -> 12 with bias, pixel shuffle 2. */
function network(weights: Weights): Node {
  const stem = g.conv(lr, weights('stem', [8, 3, 3, 3], heNormal()), weights('stem.bias', [8], zeros));
  const deep = g.conv(g.relu(stem), weights('deep', [8, 1, 5, 5], heNormal()));
  const tail = g.conv(deep, weights('tail', [12, 8, 1, 1], heNormal()), weights('tail.bias', [12], zeros));
  return g.depthToSpace(tail, 2);
}
const expected = { params: 216 + 8 + 200 + 96 + 12, macs: 200 * (216 + 200 + 96), outputPixels: 20 * 40 };

describe('counting', () => {
  const layout = ParamLayout.declare(network);

  it('is the same for inputs, slices of one vector and constants, before and after simplifying', () => {
    const sliced = network(layout.slices(g.input('weights', [layout.size])).weights);
    const finished = network(layout.constants(layout.initial(1)));
    for (const output of [network((name, shape) => g.input(name, shape)), sliced, finished])
      for (const net of [output, simplify({ output }).output]) expect(countNetwork(net)).toEqual(expected);
    expect(layout.size).toBe(expected.params);
  });

  it('takes a shared kernel once as parameters, every time as work', () => {
    const kernel = g.input('kernel', [3, 3, 3, 3]);
    const twice = g.conv(g.conv(lr, kernel), kernel);
    expect(countNetwork(twice)).toEqual({ params: 81, macs: 2 * 81 * 200, outputPixels: 200 });
  });

  it('takes a kernel that is composed of others for what it is when deployed', () => {
    const masked = g.mul(g.input('kernel', [4, 3, 3, 3]), g.input('mask', [4, 1, 1, 1]));
    expect(countNetwork(g.conv(lr, masked))).toEqual({ params: 108, macs: 108 * 200, outputPixels: 200 });
  });

  it('multiplies by the batch', () => {
    const pair = g.conv(g.input('lr', [2, 3, 10, 20]), g.input('kernel', [4, 3, 3, 3]));
    expect(countNetwork(pair)).toEqual({ params: 108, macs: 2 * 108 * 200, outputPixels: 400 });
  });

  it('cannot count an open picture size', () => {
    const open = g.conv(g.input('lr', [1, 3, 'h', 'w']), g.input('kernel', [4, 3, 3, 3]));
    expect(() => countNetwork(open)).toThrow('Expected a fixed shape but received [1, 4, h, w]');
  });
});
