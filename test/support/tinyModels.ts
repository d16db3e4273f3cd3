import { constant, conv, depthToSpace, input } from '../../src-main/graph/build';
import type { Node } from '../../src-main/graph/ops';
import { modelPath } from '../../src-main/model/library';
import { writeModelFile } from '../../src-main/model/modelFile';
import { encodeModel } from '../../src-main/onnx/encode';
import { onnx, type schema } from '../../src-main/onnx/proto';
import type { ModelCard } from '../../src-main/shared/modelCard';
import { fakeCard } from './fakeCard';

/** Each pixel repeated: nearest neighbour as a network. */
export function nearest(scale: number, picture = input('lr', [1, 3, 'h', 'w'])): Node {
  const out = 3 * scale ** 2;
  const kernel = new Float32Array(out * 3);
  for (let o = 0; o < out; o++) kernel[o * 3 + Math.floor(o / scale ** 2)] = 1;
  return depthToSpace(conv(picture, constant(kernel, [out, 3, 1, 1])), scale);
}

/** Puts a model that repeats pixels into the library and returns its path. */
export async function storeTiny(name: string, parts: Partial<ModelCard> = {}): Promise<string> {
  const path = modelPath(name);
  await writeModelFile(path, nearest(2), fakeCard({ name, receptiveRadius: 0, ...parts }));
  return path;
}

/** Somebody's network of that output, its file changed by `edit`. */
export function foreignModel(
  output: Node,
  edit: (model: schema.ModelProto) => void = () => undefined,
): Uint8Array {
  const model = onnx.ModelProto.decode(encodeModel({ enlarged: output }));
  edit(model);
  return onnx.ModelProto.encode(model).finish();
}

/** Declares the shape of the only input; null stands for a dimension that is open. */
export const declare =
  (...dims: readonly (number | null)[]) =>
  ({ graph }: schema.ModelProto): void => {
    const dim = dims.map((size, i) => (size === null ? { dimParam: `d${i}` } : { dimValue: size }));
    graph!.input![0]!.type!.tensorType!.shape = { dim };
  };
