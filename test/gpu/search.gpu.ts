import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { search } from '../../src-main/jobs/search';
import { readModelFile } from '../../src-main/model/modelFile';
import { parseGenotype } from '../../src-main/search/genotype';
import { isDecided, type Space } from '../../src-main/search/space';
import { parseConfig } from '../../src-main/shared/config';
import type { Progress } from '../../src-main/shared/progress';
import { searchSettings } from '../../src-main/train/searcher';
import { tuneSettings } from '../../src-main/train/tuner';
import { crops } from '../../src-main/train/validate';
import { writePhotos } from '../support/photoFiles';
import { homeWithGpu } from '../support/trustGpu';

// A space and steps that the processor can play.
vi.mock('../../src-main/train/plan', async (original) => ({
  ...(await original<object>()),
  planSpace: (): Space => ({ scale: 2, cells: 1, widths: [4, 8] }),
}));
vi.mock('../../src-main/latency/networks', async (original) =>
  (await import('./small')).smallTiles(original),
);
Object.assign(searchSettings, {
  shape: { patch: 8, weightBatch: 2, choiceBatch: 2 },
  turns: { networks: 1, steps: 2 },
});
Object.assign(tuneSettings, { shape: { patch: 8, batch: 2 }, smallShape: { patch: 6, batch: 3 } });
crops.batch = 1;

const folder = mkdtempSync(join(tmpdir(), 'gpu-search-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('a whole search on the GPU: trained, refined, timed and written as a model of that device', async () => {
  vi.stubEnv('PIXEL_TAILOR_HOME', join(folder, 'home'));
  const gpu = await homeWithGpu(join(folder, 'home'));
  const photos = [await writePhotos(join(folder, 'photos'), 5)];
  const told: Progress[] = [];
  const config = parseConfig('search', { photos, steps: 4, budget: '0.05ref', device: 'gpu', fromScratch: true }); // prettier-ignore
  const { model, steps } = await search(config, {
    signal: new AbortController().signal,
    onProgress: (progress) => told.push(progress),
  });
  const { card } = await readModelFile(model);
  expect(steps).toBe(4);
  expect(isDecided(parseGenotype(card.genotype))).toBe(true);
  expect(card.device).toMatchObject({ id: gpu.id, provider: 'webgpu' });
  expect(card.ratio).toBeGreaterThan(0);
  expect(card.psnr.model).toBeGreaterThan(10);
  expect(told.some(({ message }) => message === `on ${gpu.name}`)).toBe(true);
});
