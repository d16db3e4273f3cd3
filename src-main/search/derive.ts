import { numeric, sizeOf } from '../graph/ops';
import type { ParamLayout } from '../nn/params';

/**
 * Carries weights over from one network to another of the same family, tensor by tensor by name (METHOD A3: nothing
 * is trained again from scratch). Channels are nested, so a narrower tensor is the leading block of the wider one. Where
 * the new one is wider, new output rows start from `fresh` and new input columns from zero, and an appended cell adds
 * next to nothing: the function stays the same.
 */
export function inherit(
  from: ParamLayout,
  values: Float32Array,
  to: ParamLayout,
  fresh: Float32Array,
): Float32Array {
  const out = overlay(from, values, to, fresh, 'zero');
  for (const spec of to.specs) {
    const source = from.get(spec.name);
    const isQuiet = source ? isPassedOn(spec.name, to) : isNewResidual(spec.name, from);
    if (isQuiet) quieten(to.view(out, spec), spec.shape[0]!, source?.shape[0] ?? 0);
  }
  return out;
}

/**
 * Lays weights over others by name and leading block: `under` goes on where they end, as it should where both were trained
 * together. New input columns `beyond` them may be zero instead.
 */
export function overlay(
  from: ParamLayout,
  values: Float32Array,
  to: ParamLayout,
  under: Float32Array,
  beyond: 'zero' | 'keep' = 'keep',
): Float32Array {
  const out = Float32Array.from(under);
  for (const spec of to.specs) {
    const source = from.get(spec.name);
    if (!source) continue;
    const target = to.view(out, spec);
    copyBlock(from.view(values, source), numeric(source.shape), target, numeric(spec.shape), beyond);
  }
  return out;
}

/**
 * Whether an identity behind a cell's first position passes this tensor's outputs straight on to the trunk, where no new
 * input columns can keep new channels out. (Such a cell has no weights at its second position.)
 */
function isPassedOn(name: string, { specs }: ParamLayout): boolean {
  const cell = /^(cell\d+\.)0\.(?!.*\.(up|depthwise|expand|strength))/.exec(name)?.[1];
  return cell !== undefined && !specs.some((spec) => spec.name.startsWith(`${cell}1.`));
}

/** Whether this tensor ends the residual branch of a cell that was appended: it must add nothing to begin with. */
function isNewResidual(name: string, { specs }: ParamLayout): boolean {
  const cell = /^(cell\d+\.1\.)(?!.*\.(up|depthwise|expand|strength))/.exec(name)?.[1];
  return cell !== undefined && !specs.some((spec) => spec.name.startsWith(cell));
}

/** New rows start this small, not at zero: behind a ReLU, zeros would never learn. */
const whisper = 1e-6;

function quieten(target: Float32Array, rows: number, sourceRows: number): void {
  const first = (target.length / rows) * sourceRows;
  for (let i = first; i < target.length; i++) target[i]! *= whisper;
}

/** Copies the common leading block; what lies in a common row but beyond the source's columns becomes zero or is kept. */
function copyBlock(
  source: Float32Array,
  sourceShape: readonly number[],
  target: Float32Array,
  targetShape: readonly number[],
  beyond: 'zero' | 'keep',
): void {
  const [rows = 1, ...inner] = targetShape;
  const [sourceRows = 1, ...sourceInner] = sourceShape;
  const [size, sourceSize] = [sizeOf(inner), sizeOf(sourceInner)];
  for (let row = 0; row < Math.min(rows, sourceRows); row++) {
    const from = source.subarray(row * sourceSize, (row + 1) * sourceSize);
    const to = target.subarray(row * size, (row + 1) * size);
    if (inner.length === 0) to[0] = from[0]!;
    else if (inner.join() === sourceInner.join()) to.set(from);
    else {
      if (beyond === 'zero') to.fill(0);
      copyColumns(from, sourceInner, to, inner);
    }
  }
}

function copyColumns(
  source: Float32Array,
  sourceShape: readonly number[],
  target: Float32Array,
  shape: readonly number[],
): void {
  const index = shape.map(() => 0);
  for (let i = 0; i < target.length; i++) {
    if (index.every((at, axis) => at < sourceShape[axis]!)) {
      const offset = index.reduce((sum, at, axis) => sum * sourceShape[axis]! + at, 0);
      target[i] = source[offset]!;
    }
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}
