import {
  concat,
  constant,
  conv,
  flip,
  fusedMatmul,
  matmul,
  pad,
  reduceSum,
  reshape,
  slice,
  transpose,
} from './build';
import { numeric, type Node, type NodeOf, type OpAttrs } from './ops';

type ConvAttrs = OpAttrs['Conv'];

/**
 * dL/dx of a stride-1 convolution: a convolution of dy with the kernel turned by 180 degrees and its
 * channel axes swapped. Measured 1.6x faster than ConvTranspose on the CPU (METHOD B1).
 */
export function convPictureGradient(
  { inputs: [x, w], attrs: { pads, group } }: NodeOf<'Conv'>,
  dy: Node,
): Node {
  const [kh, kw] = numeric(w!.shape.slice(-2)) as [number, number];
  const turned = kh === 1 && kw === 1 ? w! : flip(w!);
  const kernel = group === 1 ? transpose(turned, [1, 0, 2, 3]) : turned;
  const [top, left, bottom, right] = pads;
  const back = conv(dy, kernel, undefined, [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right]);
  if (back.shape.join() !== x!.shape.join())
    throw new Error('Conv: the gradient lost the shape of its input');
  return back;
}

/** dL/dw of a stride-1 convolution, lowered to batched matrix products over the picture's pixels. */
export function convKernelGradient(x: Node, w: Node, dy: Node, { pads, group }: ConvAttrs): Node {
  return group === 1 ? dense(x, w, dy, pads) : depthwise(pads.some((p) => p > 0) ? pad(x, pads) : x, w, dy);
}

/**
 * One batched product a tap, dy [n, o, pixels] x shift^T [n, pixels, c], summed over the batch. dy gets the padded
 * picture's row pitch (zeros at the right), so that every shift is one contiguous run of the flattened picture:
 * copied in one go, 1.2x faster than windows (CPU, 16-32 channels) and 2-3x faster than convolving with batch and
 * channels swapped.
 */
function dense(x: Node, w: Node, dy: Node, [top, left, bottom, right]: ConvAttrs['pads']): Node {
  const [o, c, kh, kw] = numeric(w.shape) as [number, number, number, number];
  const [n, , h, width] = numeric(dy.shape) as [number, number, number, number];
  const pitch = width + kw - 1;
  if (kh === 1 && kw === 1) {
    const flat = fusedMatmul(reshape(dy, [n, o, h * width]), reshape(x, [n, c, h * width]), false, true);
    return reshape(reduceSum(flat, [0]), w.shape);
  }
  // One more row below: the last shifts run past the end of the picture by kw - 1 pixels, met by zeros of dy.
  const padded = pad(x, [top, left, bottom + 1, right]);
  const picture = reshape(padded, [n, c, (h + kh) * pitch]);
  const pixels = h * pitch;
  const rows = reshape(pad(dy, [0, 0, 0, kw - 1]), [n, o, pixels]);
  const products = taps(kh, kw).map(([i, j]) => {
    const start = i * pitch + j;
    return reduceSum(fusedMatmul(rows, slice(picture, 2, start, start + pixels), false, true), [0]);
  });
  return reshape(
    concat(
      products.map((tap) => reshape(tap, [o, c, 1])),
      2,
    ),
    w.shape,
  );
}

/**
 * Correlates dy with x along rows by one batched product per column shift: dy [c, h, n w] x shift^T [c, n w, h + k - 1].
 * Entry (r, s) pairs row r of dy with row s of x, so tap i is the sum over r of (r, r + i): a constant matrix
 * picks those diagonals. Far fewer passes over memory than one Mul + ReduceSum a tap; with the photos inside the products
 * 1.5x faster than with a product for each photo and a sum behind (CPU, one thread, 16-64 channels).
 */
function depthwise(x: Node, w: Node, dy: Node): Node {
  const [c, , kh, kw] = numeric(w.shape) as [number, number, number, number];
  const [n, , h, width] = numeric(dy.shape) as [number, number, number, number];
  const rows = h + kh - 1;
  const diagonals = new Float32Array(h * rows * kh);
  for (let r = 0; r < h; r++) for (let i = 0; i < kh; i++) diagonals[(r * rows + r + i) * kh + i] = 1;
  const pick = constant(diagonals, [h * rows, kh]);
  const photosInside = (picture: Node): Node => transpose(picture, [1, 2, 0, 3]);
  const dyRows = reshape(photosInside(dy), [c, h, n * width]);
  const picture = photosInside(x);
  const columns = Array.from({ length: kw }, (_, j) => {
    const shift = reshape(slice(picture, 3, j, j + width), [c, rows, n * width]);
    return matmul(reshape(fusedMatmul(dyRows, shift, false, true), [c, h * rows]), pick);
  });
  const byColumn = columns.map((tap) => reshape(tap, [c, 1, kh, 1]));
  return byColumn.length === 1 ? byColumn[0]! : concat(byColumn, 3);
}

function taps(kh: number, kw: number): [number, number][] {
  return Array.from({ length: kh * kw }, (_, t) => [Math.floor(t / kw), t % kw]);
}
