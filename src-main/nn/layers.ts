import { add, concat, constant, conv, matmul, mul, pad, reshape, transpose } from '../graph/build';
import { numeric, type Node } from '../graph/ops';
import { centred, heNormal, zeros, type Init, type Weights } from './params';

/** A convolution's kernel [o, i, k, k] and bias [o]; layers are composed in weight space before anything is convolved. */
export interface Kernel {
  kernel: Node;
  bias: Node;
}

export function convKernel(
  weights: Weights,
  name: string,
  [cout, cin, k]: readonly [number, number, number],
  gain = 1,
): Kernel {
  return {
    kernel: weights(`${name}.kernel`, [cout, cin, k, k], centred(heNormal(gain))),
    bias: weights(`${name}.bias`, [cout], zeros),
  };
}

/** 3x3 kernels of the edge branches: horizontal and vertical Sobel, Laplacian. */
const edgeFilters = [
  [1, 0, -1, 2, 0, -2, 1, 0, -1],
  [1, 2, 1, 0, 0, 0, -1, -2, -1],
  [0, 1, 0, 1, -4, 1, 0, 1, 0],
].flat();

/**
 * Edge-oriented convolution block (Zhang et al., "Edge-oriented Convolution Block", ACM MM 2021), composed in weight
 * space: conv3x3 + (1x1 to `mid` channels, 3x3) + three scaled edge filters of 1x1 convolutions. It trains as several
 * branches and costs one conv3x3, both in training and deployed. The 1x1 layers have no bias, so borders need no care.
 */
export function edgeKernel(
  weights: Weights,
  name: string,
  [cout, cin, mid]: readonly [number, number, number],
  gain = 1,
): Kernel {
  const plain = convKernel(weights, name, [cout, cin, 3], gain);
  const up = weights(`${name}.expand`, [mid, cin], heNormal(0.7));
  const down = weights(`${name}.squeeze`, [cout, 9, mid], scaled(heNormal(gain), 1 / 6));
  const edges = weights(`${name}.edges`, [cout, cin, 3], scaled(heNormal(gain), 1 / 2));
  const strength = weights(`${name}.strength`, [cout, 1, 3], scaled(ones, 1 / 8));
  const wide = reshape(matmul(reshape(down, [cout * 9, mid]), up), [cout, 9, cin]);
  const filtered = matmul(reshape(mul(edges, strength), [cout * cin, 3]), constant(edgeFilters, [3, 9]));
  const sum = add(
    reshape(transpose(wide, [0, 2, 1]), [cout, cin, 3, 3]),
    reshape(filtered, [cout, cin, 3, 3]),
  );
  return { kernel: add(plain.kernel, sum), bias: plain.bias };
}

export interface Separable {
  depthwise: Node;
  pointwise: Kernel;
}

/** Depthwise k x k, then 1x1 with bias; nothing between, so it is also one dense kernel of low rank. */
export function separable(
  weights: Weights,
  name: string,
  [cout, cin, k]: readonly [number, number, number],
  gain = 1,
): Separable {
  return {
    depthwise: weights(`${name}.depthwise`, [cin, 1, k, k], heNormal(0.7)),
    pointwise: convKernel(weights, `${name}.pointwise`, [cout, cin, 1], gain),
  };
}

/** The dense kernel that does the same: w[o, i] = pointwise[o, i] * depthwise[i]. */
export function denseOf({ depthwise, pointwise: { kernel, bias } }: Separable): Kernel {
  const [cin, , kh, kw] = numeric(depthwise.shape) as [number, number, number, number];
  return { kernel: mul(kernel, reshape(depthwise, [1, cin, kh, kw])), bias };
}

const scaled =
  (init: Init, factor: number): Init =>
  (rng, shape) =>
    init(rng, shape).map((x) => x * factor);

const ones: Init = (rng, shape) => zeros(rng, shape).fill(1);

/** The kernel with every output channel scaled, by a vector [o] or one number [1]. */
export function scaleOutputs({ kernel, bias }: Kernel, factor: Node): Kernel {
  return { kernel: mul(kernel, reshape(factor, [factor.shape[0]!, 1, 1, 1])), bias: mul(bias, factor) };
}

export function addKernels(a: Kernel, b: Kernel): Kernel {
  return { kernel: add(a.kernel, b.kernel), bias: add(a.bias, b.bias) };
}

/** The kernel with outputs that are zero appended, up to `cout` of them. */
export function widen({ kernel, bias }: Kernel, cout: number): Kernel {
  const [own, ...rest] = numeric(kernel.shape) as [number, ...number[]];
  if (own === cout) return { kernel, bias };
  const none = (shape: number[]): Node => constant(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
  return {
    kernel: concat([kernel, none([cout - own, ...rest])], 0),
    bias: concat([bias, none([cout - own])], 0),
  };
}

/** The kernel [cout, cin, k, k] that passes channels on as they are (what is narrower gets zeros, what is wider is cut). */
export function identityKernel(cout: number, cin: number, k: number): Node {
  const data = new Float32Array(cout * cin * k * k);
  for (let c = 0; c < Math.min(cout, cin); c++) data[(c * cin + c) * k * k + (k * k - 1) / 2] = 1;
  return constant(data, [cout, cin, k, k]);
}

export const apply = (x: Node, { kernel, bias }: Kernel): Node => conv(x, kernel, bias);

/** Cubic convolution (Keys 1981) with a = -0.5, the kernel of the bicubic that photos are reduced with. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1;
  return t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
}

/** Starting values of a 5x5 convolution RGB -> 3 s^2 channels that, shuffled, is bicubic upscaling by s. */
export const bicubicInit =
  (scale: number): Init =>
  () => {
    const taps = (phase: number): number[] => {
      const at = (phase + 0.5) / scale - 0.5;
      return [-2, -1, 0, 1, 2].map((offset) => cubic(at - offset));
    };
    const kernel = new Float32Array(3 * scale ** 2 * 3 * 25);
    for (let c = 0; c < 3; c++)
      for (let i = 0; i < scale; i++)
        for (let j = 0; j < scale; j++) {
          const out = (c * scale + i) * scale + j;
          taps(i).forEach((wy, y) => {
            taps(j).forEach((wx, x) => {
              kernel[((out * 3 + c) * 5 + y) * 5 + x] = wy * wx;
            });
          });
        }
    return kernel;
  };

/** Upscaling by s as a 5x5 convolution of the picture, bicubic to begin with and trained along: [n, 3 s^2, h, w]. */
export function upsampledSkip(x: Node, weights: Weights, scale: number): Node {
  const kernel = weights('skip.kernel', [3 * scale ** 2, 3, 5, 5], bicubicInit(scale));
  return conv(pad(x, [2, 2, 2, 2], 'edge'), kernel, undefined, [0, 0, 0, 0]);
}
