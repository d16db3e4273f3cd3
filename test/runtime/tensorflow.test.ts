import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { tensorflow, tensorflowInstalled } from '../../src-main/runtime/tensorflow';
import { workplace } from '../support/builtCli';

const place = workplace();

/** What `require` is in a folder where the optional package consists of the given code. */
function folderWith(name: string, code?: string): NodeJS.Require {
  const file = place(name, 'node_modules', '@tensorflow', 'tfjs-node-gpu', 'index.js');
  mkdirSync(dirname(file), { recursive: true });
  if (code !== undefined) writeFileSync(file, code);
  return createRequire(place(name, 'module.js'));
}

describe('TensorFlow', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is not there where the optional package is not', () => {
    const require = folderWith('empty');
    expect(tensorflowInstalled(require)).toBe(false);
    expect(() => tensorflow(require)).toThrow(UserError);
    expect(() => tensorflow(require)).toThrow('npm install @tensorflow/tfjs-node-gpu');
  });

  it('that does not load is refused with the first line of the reason', () => {
    const require = folderWith('broken', "throw new Error('libtensorflow.so.2: not found\\nhelp: ...');");
    expect(tensorflowInstalled(require)).toBe(true);
    expect(() => tensorflow(require)).toThrow(UserError);
    expect(() => tensorflow(require)).toThrow('does not load (libtensorflow.so.2: not found)');
  });

  it('without a GPU is refused', () => {
    const require = folderWith('cpu', 'exports.backend = () => ({ isUsingGpuDevice: false });');
    expect(() => tensorflow(require)).toThrow('finds no CUDA GPU');
  });

  it('with one is handed on, and finds what newer Nodes have dropped', () => {
    const code = `
      const util = require('util');
      exports.backend = () => ({ isUsingGpuDevice: true });
      exports.found = [util.isNullOrUndefined(undefined), util.isNullOrUndefined(0), util.isArray([])];
      exports.tf32 = process.env.NVIDIA_TF32_OVERRIDE;`;
    const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
    const dropped = { isNullOrUndefined: util['isNullOrUndefined'], isArray: util['isArray'] };
    Object.assign(util, { isNullOrUndefined: undefined, isArray: undefined });
    vi.stubEnv('NVIDIA_TF32_OVERRIDE', undefined);
    try {
      expect(tensorflow(folderWith('gpu', code))).toMatchObject({ found: [true, false, true], tf32: '0' });
    } finally {
      Object.assign(util, dropped);
    }
  });
});
