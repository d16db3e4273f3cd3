import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { closingSentences } from '../../src-main/cli/closing';
import { demo } from '../../src-main/jobs/demo';
import { modelPath } from '../../src-main/model/library';
import { writeModelFile } from '../../src-main/model/modelFile';
import { deployed, layoutOf, receptiveRadius } from '../../src-main/model/network';
import { printGenotype } from '../../src-main/search/genotype';
import { plainNet } from '../../src-main/search/space';
import { parseConfig, type SearchConfig } from '../../src-main/shared/config';
import { reportSchema } from '../../src-main/shared/report';
import type { JobContext, Progress } from '../../src-main/shared/progress';
import { writeRecord } from '../../src-main/train/record';
import { temporaryFolder } from '../image/samples';
import { fakeRecord } from '../report/fakeReport';
import { fakeCard } from '../support/fakeCard';

const asked: SearchConfig[] = [];

/** Minutes of search are replaced by an untrained network; all that comes behind it is real. */
vi.mock('../../src-main/jobs/search', () => ({
  search: async (config: SearchConfig, { onProgress }: JobContext) => {
    asked.push(config);
    for (const fraction of [0, 0.5, 1])
      onProgress({ event: 'progress', phase: 'searching', fraction, secondsLeft: 9 - 9 * fraction });
    const candidates = plainNet(2, 8, 1, 'conv3x3');
    const layout = layoutOf(candidates);
    const genotype = printGenotype(candidates);
    const card = fakeCard({ name: config.name!, genotype, receptiveRadius: receptiveRadius(candidates) });
    const path = modelPath(config.name!);
    await writeModelFile(path, deployed(candidates, layout, layout.initial(1)), card);
    const { photos } = fakeRecord();
    const parts = { card, candidates, photos: { ...photos, leftOut: [] }, refinement: undefined };
    await writeRecord(path, fakeRecord(parts));
    return { ...card, model: path, budgetMsPerMP: 20, budgetRatio: 0.8 };
  },
}));

const root = temporaryFolder();
beforeAll(() => vi.stubEnv('PIXEL_TAILOR_HOME', join(root, 'home')));
afterAll(() => vi.unstubAllEnvs());

const told: Progress[] = [];
const context: JobContext = {
  signal: new AbortController().signal,
  onProgress: (progress) => void told.push(progress),
};

test('the demo learns from the samples, upscales the photos kept apart and shows both on a page', async () => {
  const out = join(root, 'demo');
  const result = await demo(parseConfig('demo', { out, minutes: 1 }), context);

  const names = asked[0]!.photos.map((path) => path.replace(/.*[\\/]samples[\\/]/, ''));
  expect(names.length).toBeGreaterThanOrEqual(8);
  expect(names.some((name) => name.includes('to-upscale'))).toBe(false);
  expect(asked[0]).toMatchObject({ scale: 2, budget: 'fast', minutes: 1, name: 'demo', restart: true });

  const upscaledNames = ['osprey.jpg', 'telephone-box.jpg'];
  expect(readdirSync(join(out, 'upscaled'))).toEqual(upscaledNames);
  expect(result).toMatchObject({ report: join(out, 'index.html'), upscaled: join(out, 'upscaled') });
  const [, data] = /<script type="application\/json" id="report">(.*?)<\/script>/.exec(
    readFileSync(result.report, 'utf8'),
  )!;
  const { card, samples } = reportSchema.parse(JSON.parse(data!));
  expect(card).toMatchObject({ name: 'demo', genotype: 'x2 c8 | conv3 8 conv3' });
  expect(samples.filter(({ original }) => !original).map(({ title }) => title)).toEqual(upscaledNames);
  expect(samples.filter(({ original }) => original).length).toBeGreaterThanOrEqual(2 + upscaledNames.length);

  const fractions = told.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(new Set(told.map(({ phase }) => phase))).toEqual(
    new Set(['searching', 'upscaling', 'writing the report']),
  );

  expect(closingSentences('demo', result).split('\n').slice(0, 2)).toEqual([
    `The report is ready, open it in a browser: ${result.report}`,
    `The upscaled photos are in: ${join(out, 'upscaled')}`,
  ]);

  // A second demo replaces what the first one left.
  await demo(parseConfig('demo', { out, minutes: 1 }), context);
  expect(readdirSync(out).sort()).toEqual(['index.html', 'upscaled']);
});

test('a folder that cannot be written is named before the search begins', async () => {
  const out = join(root, 'file');
  writeFileSync(out, '');
  const before = asked.length;
  await expect(demo(parseConfig('demo', { out }), context)).rejects.toThrow(`${out} is a file`);
  expect(asked.length).toBe(before);
});
