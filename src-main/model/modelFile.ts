import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { assert, DeviceFailed, messageOf, UserError } from '../base/errors';
import { codeOf, placeFile } from '../image/placeFile';
import { topological, type Node } from '../graph/ops';
import { encodeModel } from '../onnx/encode';
import { onnx, type schema } from '../onnx/proto';
import type { SessionOptions } from '../runtime/session';
import { modelCardSchema, type ModelCard } from '../shared/modelCard';
import type { UpscaleNet } from '../tiling/upscaleImage';

/** The metadata property of the `.onnx` that holds the card as JSON. */
const cardProperty = 'pixel-tailor';

/**
 * Writes one self-describing `.onnx`, whole or not at all: input "lr" [1, 3, h, w] of open size, RGB 0..1, output "sr"
 * [1, 3, s h, s w], and the card as metadata. `output` is a network with constant weights and the one input "lr".
 */
export async function writeModelFile(path: string, output: Node, card: ModelCard): Promise<void> {
  const inputs = topological([output]).filter(({ op }) => op === 'Input');
  const [lr] = inputs;
  assert(
    inputs.length === 1 && lr?.op === 'Input' && lr.attrs.name === 'lr',
    'a model has the one input "lr"',
  );
  const [, , h, w] = lr.shape;
  assert(typeof h === 'string' && typeof w === 'string' && h !== w, 'a model takes pictures of any size');
  const bytes = encodeModel({ sr: output }, { [cardProperty]: JSON.stringify(modelCardSchema.parse(card)) });
  await mkdir(dirname(path), { recursive: true });
  await placeFile(path, bytes, { overwrite: true });
}

/** The same model file with another card. */
export function withCard(bytes: Uint8Array, card: ModelCard): Uint8Array {
  const model = onnx.ModelProto.decode(bytes);
  model.metadataProps = [{ key: cardProperty, value: JSON.stringify(modelCardSchema.parse(card)) }];
  return onnx.ModelProto.encode(model).finish();
}

/** What tells one network from another, whatever it is called: a checksum of all but the card. */
export function networkId(bytes: Uint8Array): string {
  const { graph } = onnx.ModelProto.decode(bytes);
  return createHash('sha256')
    .update(onnx.GraphProto.encode(graph ?? {}).finish())
    .digest('hex');
}

/** Reads one of our model files. UserError naming the file where it is missing, no ONNX model or not ours. */
export async function readModelFile(path: string): Promise<{ card: ModelCard; bytes: Uint8Array }> {
  const bytes = await readModelBytes(path);
  const card = cardOf(path, bytes);
  if (card) return { card, bytes };
  throw new UserError(
    `${path} is an ONNX model that Pixel Tailor did not make: it does not say what it does. ` +
      'Import it first: pixel-tailor models import FILE',
  );
}

/** The card inside a model file; undefined in anybody else's. UserError naming the file where it cannot be read. */
export function cardOf(path: string, bytes: Uint8Array): ModelCard | undefined {
  const model = decodeModel(path, bytes);
  const stored = model.metadataProps.find(({ key }) => key === cardProperty)?.value;
  if (stored == null) return undefined;
  const card = modelCardSchema.safeParse(parseJson(stored));
  if (!card.success) {
    throw new UserError(
      `${path} comes from another version of Pixel Tailor or is damaged: its description cannot be read.`,
      { cause: card.error },
    );
  }
  return card.data;
}

/** A model ready to run in this process; it holds native memory until it is disposed of. */
export interface OpenModel extends UpscaleNet {
  dispose(): Promise<void>;
}

/** Opens one of our model files, or its bytes, for {@link upscaleImage}. Errors as {@link readModelFile}. */
export async function openModel(path: string, options: SessionOptions = {}): Promise<OpenModel> {
  const { card, bytes } = await readModelFile(path);
  const { scale, receptiveRadius: radius } = card;
  return { scale, radius, ...(await openNetwork(path, bytes, options)) };
}

/** A network whose radius nobody told: it can only be run on whole pictures. */
export interface ForeignModel extends Omit<OpenModel, 'radius'> {
  params: number;
  bytes: Uint8Array;
}

/**
 * Opens anybody's upscaling network: one input [1, 3, h, w], RGB 0..1, and one output; its scale is found by running it
 * on a small picture. UserError naming the file where it is not such a network.
 */
export async function openForeignModel(path: string, options: SessionOptions = {}): Promise<ForeignModel> {
  const bytes = await readModelBytes(path);
  const params = countParams(decodeModel(path, bytes));
  const network = await openNetwork(path, bytes, options);
  const side = 48;
  const grey = new Float32Array(3 * side ** 2).fill(0.5);
  const scale = await network.run(grey, side, side).then(
    (output) => Math.sqrt(output.length / grey.length),
    () => NaN,
  );
  if (Number.isInteger(scale)) return { scale, params, bytes, ...network };
  await network.dispose();
  throw new UserError(
    `${path} does not take one RGB picture [1, 3, h, w] of any size and return it a whole number of times as large.`,
  );
}

/**
 * Loads a network's bytes, ready to run on whole pictures or tiles. UserError naming `path` where they are at fault,
 * DeviceFailed where a GPU is.
 */
export async function openNetwork(
  path: string,
  bytes: Uint8Array,
  options: SessionOptions = {},
): Promise<Pick<OpenModel, 'run' | 'dispose'>> {
  // Imported only here: listing models must not load onnxruntime.
  const { Session } = await import('../runtime/session');
  const session = await Session.create(bytes, options).catch((cause: unknown) => {
    if (cause instanceof DeviceFailed) throw cause;
    throw new UserError(`${path} cannot be run: the file is damaged or needs a newer onnxruntime.`, {
      cause,
    });
  });
  return {
    run: async (data, height, width) => {
      const [name] = session.inputNames;
      const dims = [data.length / (3 * height * width), 3, height, width];
      const outputs = await session.run({ [name!]: { data, dims } });
      return outputs[session.outputNames[0]!]!.data;
    },
    dispose: () => session.release(),
  };
}

/** The file's bytes, whatever they are. UserError naming it where it cannot be read. */
export async function readModelBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    const missing = codeOf(cause) === 'ENOENT';
    const reason = missing
      ? `There is no model file ${path}`
      : `${path} cannot be read (${messageOf(cause)})`;
    throw new UserError(`${reason}. Check the path.`, { cause });
  });
}

/** UserError naming the file where it is no ONNX model. */
export function decodeModel(path: string, bytes: Uint8Array): schema.ModelProto {
  try {
    const model = onnx.ModelProto.decode(bytes);
    // Arbitrary bytes may decode as a message whose fields are all unknown.
    if (model.graph?.node?.length && model.graph.input?.length) return model;
  } catch {
    // Reported below, like a message without a network.
  }
  throw new UserError(`${path} is not an ONNX model, or not all of one. Choose another file.`);
}

/** Elements of all floating point tensors. */
export function countParams({ graph }: schema.ModelProto): number {
  const floats = (graph?.initializer ?? []).filter(
    ({ dataType }) => dataType === onnx.TensorProto.DataType.FLOAT,
  );
  return floats.reduce((sum, { dims }) => sum + (dims ?? []).reduce<number>((n, d) => n * Number(d), 1), 0);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
