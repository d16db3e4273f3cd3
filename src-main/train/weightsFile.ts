import { Float16Array } from '@petamoriken/float16';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { version } from '../../package.json';
import { assert, UserError } from '../base/errors';
import { sizeOf } from '../graph/ops';
import { placeFile } from '../image/placeFile';
import { layoutOf } from '../model/network';
import { onnx, type schema } from '../onnx/proto';
import { opNames, type Candidates } from '../search/space';
import { scales } from '../shared/modelCard';
import type { PreparedPhotos } from './runData';
import type { Sample } from './samples';
import type { TrainState } from './state';

/** The metadata property of the file that holds {@link TrainedWeights} but for the weights, as JSON. */
const property = 'pixel-tailor-weights';

const number = z.int().nonnegative();
const candidatesSchema = z.object({
  scale: z.literal(scales),
  trunk: z.array(number).min(1),
  exits: z.array(number).min(1),
  fusions: z.array(z.union([number, z.literal('none')])).min(1),
  cells: z.array(
    z.object({ inner: z.array(number).min(1), ops: z.array(z.array(z.enum(opNames)).min(1)).length(2) }),
  ),
}) satisfies z.ZodType<Candidates>;

/** How weights were trained, so that anyone can do it again. Curves in compute seconds and dB on held-out crops. */
const trainingSchema = z.object({
  /** Names of the photos that were learned from. */
  photos: z.array(z.string()),
  steps: number,
  seconds: z.number(),
  curve: z.array(z.object({ step: number, seconds: z.number(), loss: z.number(), psnr: z.number() })),
  version: z.string(),
});
export type Training = z.infer<typeof trainingSchema>;

const headSchema = z.object({
  format: z.literal(1),
  candidates: candidatesSchema,
  training: trainingSchema,
  /** Only of a starter: what some of its networks can do. */
  samples: z.array(z.tuple([z.string(), z.number()])).exactOptional(),
});

/** The weights of a supernet or a network in training, before anything is folded. */
export interface TrainedWeights {
  candidates: Candidates;
  training: Training;
  samples?: readonly Sample[];
  /** Flat, in the order of `layoutOf(candidates)`. */
  weights: Float32Array;
}

const none: Training = { photos: [], steps: 0, seconds: 0, curve: [], version };

/** How the weights of a run were trained, with what was before it. */
export function trainingOf(
  { step, seconds, history, before = none }: TrainState,
  { train, cache }: PreparedPhotos,
): Training {
  const photos = train.map((photo) => basename(cache.photos[photo]!.path));
  const curve = history.map(({ loss, psnr, ...at }) => ({
    step: before.steps + at.step,
    seconds: before.seconds + at.seconds,
    loss,
    psnr,
  }));
  return {
    photos: [...new Set([...before.photos, ...photos])].sort(),
    steps: before.steps + step,
    seconds: before.seconds + seconds,
    curve: [...before.curve, ...curve],
    version,
  };
}

/**
 * Writes weights in float16 as a small `.onnx` that holds tensors by name and no network, whole or not at all. UserError
 * where it cannot be written.
 */
export async function writeWeights(path: string, { weights, ...head }: TrainedWeights): Promise<void> {
  const layout = layoutOf(head.candidates);
  const initializer = layout.specs.map((spec): schema.ITensorProto => {
    const half = Float16Array.from(layout.view(weights, spec));
    assert(half.every(Number.isFinite), `weight ${spec.name} is beyond float16`);
    const rawData = new Uint8Array(half.buffer, half.byteOffset, half.byteLength);
    const dims = spec.shape as number[];
    return { name: spec.name, dataType: onnx.TensorProto.DataType.FLOAT16, dims, rawData };
  });
  const model = onnx.ModelProto.create({
    irVersion: 10,
    producerName: 'pixel-tailor',
    graph: { name: 'weights', initializer },
    metadataProps: [{ key: property, value: JSON.stringify(headSchema.parse({ format: 1, ...head })) }],
  });
  await placeFile(path, onnx.ModelProto.encode(model).finish(), { overwrite: true });
}

/** Reads a file of {@link writeWeights}. UserError naming the file where it is missing, damaged or something else. */
export async function readWeights(path: string): Promise<TrainedWeights> {
  return read(path, (model) => {
    const head = headOf(model);
    const layout = layoutOf(head.candidates);
    const tensors = new Map(model.graph?.initializer?.map((tensor) => [tensor.name, tensor.rawData]));
    const weights = new Float32Array(layout.size);
    for (const spec of layout.specs) {
      const raw = Uint8Array.from(tensors.get(spec.name) ?? []);
      assert(raw.length === 2 * sizeOf(spec.shape), `${spec.name} is not all there`);
      layout.view(weights, spec).set(new Float16Array(raw.buffer));
    }
    return { ...head, weights };
  });
}

/** The same without the weights. */
export const readHead = (path: string): Promise<Omit<TrainedWeights, 'weights'>> => read(path, headOf);

function headOf(model: schema.ModelProto): Omit<TrainedWeights, 'weights'> {
  const stored = model.metadataProps.find(({ key }) => key === property)?.value;
  const { format: _, ...head } = headSchema.parse(JSON.parse(stored ?? 'null'));
  return head;
}

async function read<T>(path: string, take: (model: schema.ModelProto) => T): Promise<T> {
  try {
    return take(onnx.ModelProto.decode(await readFile(path)));
  } catch (error) {
    throw new UserError(
      `${path} holds no weights to train on, or is damaged. Choose another file or delete it.`,
      { cause: error },
    );
  }
}
