import { resolve } from 'node:path';
import { vi } from 'vitest';
import { parseConfig } from '../../src-main/shared/config';
import type { Progress } from '../../src-main/shared/progress';
import { forkEngine, superviseJob } from '../../src-main/supervisor';

/** Runs a job in engines whose GPU is lost in the middle of it; see `lostDevice.mjs`. */
export async function superviseLosing(
  job: 'search' | 'upscale',
  config: object,
  env: { LOST_AT_STEP?: string; GPU_IS_REAL?: string } = {},
): Promise<{ result: Record<string, unknown>; seen: Progress[] }> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const seen: Progress[] = [];
  const result = await superviseJob(job, parseConfig(job, config), {
    start: () => forkEngine(resolve(import.meta.dirname, 'lostDevice.mjs')),
    signal: new AbortController().signal,
    onProgress: (progress) => void seen.push(progress),
  });
  return { result, seen };
}

/** The devices that a job told of, and what it said when one was left. */
export const movesOf = (seen: readonly Progress[]) => ({
  devices: seen.flatMap(({ device }) => device?.id ?? []),
  said: seen.filter(({ phase }) => phase === 'restarting').map(({ message }) => message),
});
