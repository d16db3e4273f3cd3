import { describe, expect, it } from 'vitest';
import * as g from '../../src-main/graph/build';
import { type Node } from '../../src-main/graph/ops';
import { broadcast } from '../../src-main/graph/shapes';

const a = (...shape: number[]): Node => g.input('a', shape);

describe('shapes that do not fit throw, naming the op and what it received', () => {
  it.each<[string, () => Node, string]>([
    [
      'Add',
      () => g.add(a(2, 3), a(4, 3)),
      'Add: Expected shapes that broadcast but received [2, 3] and [4, 3]',
    ],
    [
      'Where',
      () => g.where(g.greater(a(2), 0), a(3), 0),
      'Where: Expected shapes that broadcast but received [2] and [3]',
    ],
    [
      'MatMul',
      () => g.matmul(a(2, 3), a(4, 5)),
      'MatMul: Expected matching inner dimensions but received [2, 3] and [4, 5]',
    ],
    [
      'MatMul of a vector',
      () => g.matmul(a(2, 3), a(3)),
      'MatMul: Expected matrices but received [2, 3] and [3]',
    ],
    [
      'FusedMatMul',
      () => g.fusedMatmul(a(2, 3), a(2, 3), true, true),
      'FusedMatMul: Expected matching inner dimensions but received [2, 3] and [2, 3]',
    ],
    [
      'Conv, channels',
      () => g.conv(a(1, 3, 8, 8), a(4, 2, 3, 3)),
      'Conv: Expected as many kernel input channels as the picture has but received [1, 3, 8, 8] and [4, 2, 3, 3]',
    ],
    [
      'Conv, bias',
      () => g.conv(a(1, 3, 8, 8), a(4, 3, 3, 3), a(3)),
      'Conv: Expected one bias an output channel but received [3] and [4, 3, 3, 3]',
    ],
    [
      'Conv, depthwise',
      () => g.conv(a(1, 3, 8, 8), a(4, 1, 3, 3)),
      'Conv: Expected a dense or depthwise kernel but received [1, 3, 8, 8] and [4, 1, 3, 3]',
    ],
    [
      'Conv, rank',
      () => g.conv(a(3, 8, 8), a(4, 3, 3, 3)),
      'Conv: Expected rank-4 input and kernel but received [3, 8, 8] and [4, 3, 3, 3]',
    ],
    [
      'Conv, size',
      () => g.conv(a(1, 3, 2, 8), a(4, 3, 3, 3), undefined, [0, 0, 0, 0]),
      'Conv: Expected a picture that the kernel fits in but received [1, 3, 2, 8]',
    ],
    [
      'Reshape',
      () => g.reshape(a(2, 3), [4, 2]),
      'Reshape: Expected the same number of elements but received [2, 3] and [4, 2]',
    ],
    [
      'Expand',
      () => g.expand(a(2, 3), [2, 1]),
      'Expand: Expected a shape to expand to but received [2, 3] and [2, 1]',
    ],
    [
      'Transpose, twice an axis',
      () => g.transpose(a(2, 3), [0, 0]),
      'Transpose: Expected a permutation of all axes but received [2, 3] and [0, 0]',
    ],
    [
      'Transpose, no axis',
      () => g.transpose(a(2, 3), [0, 2]),
      'Transpose: Expected a permutation of all axes but received [2, 3] and [0, 2]',
    ],
    [
      'Slice, end',
      () => g.slice(a(2, 3), 1, 0, 4),
      'Slice: Expected a slice 0:4:1 inside axis 1 but received [2, 3]',
    ],
    [
      'Slice, axis',
      () => g.slice(a(2, 3), 2, 0, 1),
      'Slice: Expected a fixed axis to slice but received [2, 3]',
    ],
    [
      'Concat',
      () => g.concat([a(2, 3), a(2, 4)], 0),
      'Concat: Expected shapes that differ along axis 0 only but received [2, 3] and [2, 4]',
    ],
    [
      'Concat, rank',
      () => g.concat([a(2, 3), a(2)], 0),
      'Concat: Expected shapes that differ along axis 0 only but received [2, 3] and [2]',
    ],
    ['Pad', () => g.pad(a(3), [1, 1, 1, 1]), 'Pad: Expected a picture to pad but received [3]'],
    [
      'ReduceSum',
      () => g.reduceSum(a(2, 3), [2]),
      'ReduceSum: Expected the axes 2 to sum over but received [2, 3]',
    ],
    [
      'DepthToSpace',
      () => g.depthToSpace(a(1, 6, 2, 2), 2),
      'DepthToSpace: Expected channels in multiples of 4 but received [1, 6, 2, 2]',
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message);
  });

  it('Constant', () => {
    expect(() => g.constant([1, 2, 3], [2])).toThrow('Constant: expected 2 values for [2] but received 3');
  });
});

describe('broadcasting', () => {
  it.each([
    [[], [2, 3], [2, 3]],
    [[3], [2, 3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [
      [4, 1, 1],
      [3, 1],
      [4, 3, 1],
    ],
    [
      ['h', 1],
      [1, 'w'],
      ['h', 'w'],
    ],
    [[1, 'h'], ['h'], [1, 'h']],
  ])('%j with %j is %j', (left, right, both) => {
    expect(broadcast(left, right)).toEqual(both);
    expect(broadcast(right, left)).toEqual(both);
  });

  it('does not join an open size with a fixed one, nor with another', () => {
    expect(() => broadcast(['h'], [3])).toThrow();
    expect(() => broadcast(['h'], ['w'])).toThrow();
  });
});

describe('an open picture size', () => {
  const x = g.input('lr', [1, 3, 'h', 'w']);

  it('passes through same-padded convolutions and elementwise ops, and doubles', () => {
    const features = g.relu(g.conv(x, a(12, 3, 3, 3), a(12)));
    expect(features.shape).toEqual([1, 12, 'h', 'w']);
    const depthwise = g.conv(features, a(12, 1, 5, 5));
    expect(g.add(features, depthwise).shape).toEqual([1, 12, 'h', 'w']);
    expect(g.mul(features, a(12, 1, 1)).shape).toEqual([1, 12, 'h', 'w']);
    expect(g.depthToSpace(features, 2).shape).toEqual([1, 3, '2*h', '2*w']);
    expect(g.concat([features, x], 1).shape).toEqual([1, 15, 'h', 'w']);
    expect(g.slice(features, 1, 2, 5).shape).toEqual([1, 3, 'h', 'w']);
  });

  it('can be padded and lose the same again', () => {
    const padded = g.pad(x, [2, 2, 2, 2], 'edge');
    expect(padded.shape).toEqual([1, 3, 'h+4', 'w+4']);
    expect(g.conv(padded, a(4, 3, 5, 5), undefined, [0, 0, 0, 0]).shape).toEqual([1, 4, 'h', 'w']);
  });

  it('tells two readings of a padded and doubled size apart', () => {
    const twelve = g.conv(x, a(12, 3, 1, 1));
    const paddedFirst = g.depthToSpace(g.pad(twelve, [2, 2, 2, 2]), 2);
    const doubledFirst = g.pad(g.depthToSpace(twelve, 2), [2, 2, 2, 2]);
    expect(() => g.add(paddedFirst, doubledFirst)).toThrow('Add: Expected shapes that broadcast');
  });

  it('cannot shrink, be cut, or be counted', () => {
    expect(() => g.conv(x, a(4, 3, 3, 3), undefined, [0, 0, 0, 0])).toThrow(
      'Conv: Expected an open size padded by as much but received [1, 3, h, w]',
    );
    expect(() => g.window(x, 0, 0, 4, 4)).toThrow(
      'Slice: Expected a fixed axis to slice but received [1, 3, h, w]',
    );
    expect(() => g.mean(x)).toThrow('Expected a fixed shape but received [1, 3, h, w]');
  });
});

describe('constructors', () => {
  it('take numbers for scalars', () => {
    expect(g.add(a(2, 3), 1).shape).toEqual([2, 3]);
    expect(g.div(1, a(2, 3)).shape).toEqual([2, 3]);
  });

  it('pad convolutions with "same" unless told otherwise', () => {
    expect(g.conv(a(1, 3, 8, 9), a(4, 3, 5, 3)).shape).toEqual([1, 4, 8, 9]);
    expect(g.conv(a(1, 3, 8, 9), a(4, 3, 5, 3), undefined, [0, 0, 0, 0]).shape).toEqual([1, 4, 4, 7]);
  });

  it('tell comparisons from numbers', () => {
    expect(g.greater(a(2), 0).dtype).toBe('bool');
    expect(g.where(g.greater(a(2), 0), a(2), 0).dtype).toBe('float32');
  });
});
