import { createRequire } from 'node:module';
import type { onnx as schema } from 'onnx-proto';

/** The ONNX schema as protobufjs classes. The package is CommonJS without named exports that ESM can see. */
export const { onnx } = createRequire(import.meta.url)('onnx-proto') as typeof import('onnx-proto');
export type { schema };
