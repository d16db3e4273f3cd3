import { onnx } from './proto';

/** One of our networks for any number of pictures at once: it looks at each of them alone. */
export function forBatches(bytes: Uint8Array): Uint8Array {
  const model = onnx.ModelProto.decode(bytes);
  for (const { type } of [...(model.graph?.input ?? []), ...(model.graph?.output ?? [])])
    type!.tensorType!.shape!.dim![0] = { dimParam: 'n' };
  return onnx.ModelProto.encode(model).finish();
}
