import { defineConfig } from 'vitest/config';

/** What training, searching and upscaling do on a GPU: many minutes where the processor plays one. */
export default defineConfig({
  test: {
    include: ['test/gpu/*.gpu.ts'],
    globalSetup: 'test/gpu/driver.ts',
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 3_600_000,
    hookTimeout: 900_000,
  },
});
