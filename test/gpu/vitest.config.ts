import { defineConfig } from 'vitest/config';
import { swiftShader } from '../support/swiftshader';

// Without a GPU the processor plays one; on a machine with one: GPU=own npm run test:gpu.
if (process.env['GPU'] !== 'own') Object.assign(process.env, swiftShader());

/** What training, searching and upscaling do on a GPU: minutes, for `npm test` has a part only. */
export default defineConfig({
  test: {
    include: ['test/gpu/*.gpu.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
