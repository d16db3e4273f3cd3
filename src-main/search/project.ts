import { evaluate } from '../graph/evaluate';
import { numeric } from '../graph/ops';
import { edgeKernel } from '../nn/layers';
import type { ParamLayout, ParamSpec } from '../nn/params';
import { edgeHidden } from './supernet';

/**
 * Gives every candidate operation that has no trained weights yet those that come nearest to its position's trained
 * edge-oriented block, so that all candidates start from one function: `values` is changed in place.
 * The block is one kernel K [o, i, 3, 3]. conv3x3 takes it as it is; a separable convolution takes the nearest
 * K[:, i] = u_i v_i' of rank one for each input channel (Eckart & Young 1936); an inverted residual does exactly the same,
 * as relu(t) - relu(-t) = t for its two hidden channels an input channel (what it sees is never negative).
 * @param trained which tensors have trained weights.
 */
export function projectOperations(
  layout: ParamLayout,
  values: Float32Array,
  trained: (name: string) => boolean,
): void {
  for (const block of layout.specs) {
    const position = /^(cell\d+\.\d+\.)edgeConv3x3\.kernel$/.exec(block.name)?.[1];
    if (position === undefined || !trained(block.name)) continue;
    if (layout.specs.every(({ name }) => !name.startsWith(position) || trained(name))) continue;
    const write = (name: string, fill: (target: Float32Array) => void): void => {
      const spec = layout.get(position + name);
      if (spec && !trained(spec.name)) fill(layout.view(values, spec));
    };
    const kernel = denseKernel(layout, values, block);
    const bias = layout.view(values, layout.get(`${position}edgeConv3x3.bias`)!);
    write('conv3x3.kernel', (target) => {
      target.set(kernel);
    });
    const [outputs, inputs] = numeric(block.shape) as [number, number];
    const ranks = Array.from({ length: inputs }, (_, i) => rankOne(kernel, [outputs, inputs], i));
    for (const side of [3, 5]) {
      const rim = (side - 3) / 2;
      write(`sep${side}x${side}.depthwise`, (target) => {
        target.fill(0);
        ranks.forEach(({ v }, i) => {
          v.forEach((x, tap) => {
            target[(i * side + Math.floor(tap / 3) + rim) * side + (tap % 3) + rim] = x;
          });
        });
      });
      write(`sep${side}x${side}.pointwise.kernel`, (target) => {
        ranks.forEach(({ u }, i) => {
          u.forEach((x, o) => (target[o * inputs + i] = x));
        });
      });
    }
    const hidden = 2 * inputs;
    write('invertedResidual.up.kernel', (target) => {
      target.fill(0);
      for (let h = 0; h < hidden; h++) target[h * inputs + (h >> 1)] = 1;
    });
    const sign = (h: number): number => (h % 2 === 0 ? 1 : -1);
    write('invertedResidual.depthwise.kernel', (target) => {
      target.forEach((_, at) => {
        const h = Math.floor(at / 9);
        target[at] = sign(h) * ranks[h >> 1]!.v[at % 9]!;
      });
    });
    write('invertedResidual.down.kernel', (target) => {
      target.forEach((_, at) => {
        const h = at % hidden;
        target[at] = sign(h) * ranks[h >> 1]!.u[Math.floor(at / hidden)]!;
      });
    });
    for (const name of ['conv3x3', 'sep3x3.pointwise', 'sep5x5.pointwise', 'invertedResidual.down'])
      write(`${name}.bias`, (target) => {
        target.set(bias);
      });
  }
}

/** The one kernel [o, i, 3, 3] that an edge-oriented block is. */
function denseKernel(layout: ParamLayout, values: Float32Array, { name, shape }: ParamSpec): Float32Array {
  const [outputs, inputs] = numeric(shape) as [number, number];
  const block = name.replace(/\.kernel$/, '');
  const { kernel } = edgeKernel(layout.constants(values), block, [outputs, inputs, edgeHidden]);
  return Float32Array.from(evaluate([kernel])[0]!.data);
}

/** The rank-one matrix u v' (v of length 1) nearest to kernel[:, i] as [outputs, 9], by power iteration. */
function rankOne(
  kernel: Float32Array,
  [outputs, inputs]: readonly [number, number],
  i: number,
): { u: Float64Array; v: Float64Array } {
  const row = (o: number): Float32Array => kernel.subarray((o * inputs + i) * 9, (o * inputs + i + 1) * 9);
  const u = new Float64Array(outputs);
  let v = Float64Array.from({ length: 9 }, (_, tap) => 1 + (tap === 4 ? 1 : 0));
  for (let round = 0; round < 30; round++) {
    const length = Math.hypot(...v) || 1;
    v = v.map((x) => x / length);
    for (let o = 0; o < outputs; o++) u[o] = row(o).reduce((sum, x, tap) => sum + x * v[tap]!, 0);
    if (round === 29) break;
    v = v.map((_, tap) => u.reduce((sum, x, o) => sum + x * row(o)[tap]!, 0));
  }
  return { u, v };
}
