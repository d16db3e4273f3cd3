import { defineConfig } from 'vitest/config';

// Each file gets a process of its own: onnxruntime-node blocks its process and is not safe in worker threads.
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], pool: 'forks', maxWorkers: 2, testTimeout: 60_000 },
});
