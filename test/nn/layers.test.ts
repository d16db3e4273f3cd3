import { describe, expect, it } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { resizeBicubic } from '../../src-main/data/degrade';
import {
  add,
  constant,
  conv,
  depthToSpace,
  input,
  mul,
  reshape,
  slice,
  transpose,
} from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { sizeOf, type Node } from '../../src-main/graph/ops';
import { toPlanes } from '../../src-main/image/pixels';
import { Region } from '../../src-main/image/region';
import {
  addKernels,
  apply,
  bicubicInit,
  convKernel,
  denseOf,
  edgeKernel,
  identityKernel,
  scaleOutputs,
  separable,
  upsampledSkip,
  widen,
} from '../../src-main/nn/layers';
import { ParamLayout, zeros, type Weights } from '../../src-main/nn/params';
import { noisyWeights } from '../support/architectures';
import { expectClose, randomValues } from '../support/gradcheck';

/** A network's output for weights away from their starting values: `build` asks for them by name. */
function valueOf(
  build: (weights: Weights) => Node,
  feeds: Record<string, ArrayLike<number>> = {},
): Float64Array {
  const layout = ParamLayout.declare(build);
  return evaluate([build(layout.constants(noisyWeights(layout, 4)))], feeds)[0]!.data;
}

const picture = [2, 5, 6, 7];
const x = input('x', picture);
const feeds = { x: randomValues(sizeOf(picture), 1, 0) };
describe('the edge-oriented block', () => {
  const [cout, cin, mid] = [4, 5, 8];
  /** Channel by channel, one fixed 3x3 filter. */
  const filtered = (y: Node, filter: readonly number[]): Node => {
    const kernel = constant(Array.from({ length: cout }, () => filter).flat(), [cout, 1, 3, 3]);
    return conv(y, kernel);
  };
  /** The block as its paper draws it: branches convolved one by one, each zero-padded, then summed. */
  const branches = (weights: Weights): Node => {
    const plain = convKernel(weights, 'block', [cout, cin, 3]);
    const expand = reshape(weights('block.expand', [mid, cin], zeros), [mid, cin, 1, 1]);
    const squeeze = transpose(weights('block.squeeze', [cout, 9, mid], zeros), [0, 2, 1]);
    const edges = weights('block.edges', [cout, cin, 3], zeros);
    const strength = weights('block.strength', [cout, 1, 3], zeros);
    const sobelX = [1, 0, -1, 2, 0, -2, 1, 0, -1];
    const sobelY = [1, 2, 1, 0, 0, 0, -1, -2, -1];
    const laplacian = [0, 1, 0, 1, -4, 1, 0, 1, 0];
    return [sobelX, sobelY, laplacian].reduce<Node>(
      (sum, filter, f) => {
        const pointwise = conv(x, reshape(slice(edges, 2, f, f + 1), [cout, cin, 1, 1]));
        const scaled = mul(
          filtered(pointwise, filter),
          reshape(slice(strength, 2, f, f + 1), [1, cout, 1, 1]),
        );
        return add(sum, scaled);
      },
      add(apply(x, plain), conv(conv(x, expand), reshape(squeeze, [cout, mid, 3, 3]))),
    );
  };

  it('in weight space is the sum of its branches, inside and at the borders', () => {
    const layout = ParamLayout.declare((weights) => edgeKernel(weights, 'block', [cout, cin, mid]));
    const weights = layout.constants(noisyWeights(layout, 2));
    const [one, many] = evaluate(
      [apply(x, edgeKernel(weights, 'block', [cout, cin, mid])), branches(weights)],
      feeds,
    );
    expect(one!.shape).toEqual([2, 4, 6, 7]);
    expectClose(one!.data, many!.data, 1e-9, 'the block');
  });

  it('has weights of a size that training likes, each branch alive from the start', () => {
    const layout = ParamLayout.declare((weights) => edgeKernel(weights, 'block', [16, 16, 64]));
    const start = layout.initial(1);
    const [kernel] = evaluate([edgeKernel(layout.constants(start), 'block', [16, 16, 64]).kernel]);
    const variance = kernel!.data.reduce((sum, w) => sum + w * w, 0) / kernel!.data.length;
    // He's variance for 16 x 9 inputs, at most doubled by the branches.
    expect(variance / (2 / 144)).toBeGreaterThan(1);
    expect(variance / (2 / 144)).toBeLessThan(2);
    for (const spec of layout.specs)
      if (!spec.name.endsWith('bias')) expect(layout.view(start, spec).every((w) => w !== 0)).toBe(true);
  });
});

describe('separable layers', () => {
  it.each([3, 5])('of %i x %i are the dense kernel that they name, borders included', (k) => {
    const twoSteps = valueOf((weights) => {
      const { depthwise, pointwise } = separable(weights, 'sep', [4, 5, k]);
      return apply(conv(x, depthwise), pointwise);
    }, feeds);
    const dense = valueOf((weights) => apply(x, denseOf(separable(weights, 'sep', [4, 5, k]))), feeds);
    expectClose(dense, twoSteps, 1e-9, 'the dense kernel');
  });
});

describe('kernels', () => {
  const factor = constant([0.5, -1, 0, 2], [4]);
  const kernelOf = (weights: Weights) => convKernel(weights, 'conv', [4, 5, 3]);

  it('scaled are outputs scaled, by channel or all alike', () => {
    for (const scale of [factor, constant([0.3], [1])])
      expectClose(
        valueOf((weights) => apply(x, scaleOutputs(kernelOf(weights), scale)), feeds),
        valueOf(
          (weights) => mul(apply(x, kernelOf(weights)), reshape(scale, [1, scale.shape[0]!, 1, 1])),
          feeds,
        ),
        1e-9,
        'scaled',
      );
  });

  it('added are outputs added', () => {
    const other = (weights: Weights) => convKernel(weights, 'other', [4, 5, 3]);
    expectClose(
      valueOf((weights) => apply(x, addKernels(kernelOf(weights), other(weights))), feeds),
      valueOf((weights) => add(apply(x, kernelOf(weights)), apply(x, other(weights))), feeds),
      1e-9,
      'added',
    );
  });

  it('widened give the same channels, then zeros', () => {
    const narrow = valueOf((weights) => apply(x, kernelOf(weights)), feeds);
    const wide = valueOf((weights) => apply(x, widen(kernelOf(weights), 6)), feeds);
    const plane = 6 * 7;
    for (let n = 0; n < 2; n++) {
      const own = wide.subarray(n * 6 * plane, (n + 1) * 6 * plane);
      expectClose(
        own.subarray(0, 4 * plane),
        narrow.subarray(n * 4 * plane, (n + 1) * 4 * plane),
        1e-9,
        'own',
      );
      expect(own.subarray(4 * plane).every((v) => v === 0)).toBe(true);
    }
    const kernel = { kernel: constant(new Float32Array(45), [1, 5, 3, 3]), bias: constant([0], [1]) };
    expect(widen(kernel, 1)).toEqual(kernel);
  });

  it.each([
    [5, 3],
    [3, 3],
    [7, 1],
  ])('of the identity to %i channels, %i wide, pass on what there is', (cout, k) => {
    const [out] = evaluate([conv(x, identityKernel(cout, 5, k))], feeds);
    const plane = 6 * 7;
    for (let n = 0; n < 2; n++)
      for (let c = 0; c < cout; c++) {
        const got = out!.data.subarray((n * cout + c) * plane, (n * cout + c + 1) * plane);
        const from = feeds.x.subarray((n * 5 + c) * plane, (n * 5 + c + 1) * plane);
        expect([...got]).toEqual(c < 5 ? [...from] : Array<number>(plane).fill(0));
      }
  });
});

describe('the skip path', () => {
  it.each([2, 3, 4])('begins as MATLAB bicubic upscaling by %i, away from the mirrored border', (scale) => {
    const [width, height] = [13, 9];
    const rng = new Rng(5);
    const data = Uint8Array.from({ length: width * height * 3 }, () => rng.below(256));
    const small = { width, height, channels: 3, depth: 8, data } as const;
    const lr = input('lr', [1, 3, height, width]);
    const layout = ParamLayout.declare((weights) => upsampledSkip(lr, weights, scale));
    const skip = upsampledSkip(lr, layout.constants(layout.initial(1)), scale);
    const [large] = evaluate([depthToSpace(skip, scale)], { lr: toPlanes(small, Region.of(small)) });
    const matlab = resizeBicubic(small, width * scale, height * scale);
    const expected = toPlanes(matlab, Region.of(matlab));
    const [w, h] = [width * scale, height * scale];
    let worst = 0;
    for (let i = 0; i < expected.length; i++) {
      const [column, row] = [i % w, Math.floor(i / w) % h];
      const border = Math.min(column, row, w - 1 - column, h - 1 - row);
      if (border < 2 * scale) continue;
      // What is outside of 0..1 is clamped when it is written.
      const value = Math.min(Math.max(large!.data[i]!, 0), 1);
      worst = Math.max(worst, Math.abs(value - expected[i]!));
    }
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(0.51 / 255);
  });

  it.each([2, 3, 4])('upscaling by %i keeps a flat picture flat, borders included', (scale) => {
    const lr = input('lr', [1, 3, 4, 5]);
    const layout = ParamLayout.declare((weights) => upsampledSkip(lr, weights, scale));
    const [flat] = evaluate([upsampledSkip(lr, layout.constants(layout.initial(1)), scale)], {
      lr: new Float32Array(60).fill(0.7),
    });
    expectClose(flat!.data, new Float32Array(flat!.data.length).fill(0.7), 1e-6, 'flat');
    expect(sizeOf([3 * scale ** 2, 3, 5, 5])).toBe(bicubicInit(scale)(new Rng(1), []).length);
  });
});
