import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, test } from 'vitest';
import { writeModelFile } from '../../src-main/model/modelFile';
import { workplace } from '../support/builtCli';
import { fakeCard } from '../support/fakeCard';
import { nearest } from '../support/tinyModels';
import type { World } from './acts';
import { faults, fixtureFaults } from './faults';
import { Trial } from './trial';

// Batches that something befalls, through the built command line: whatever it is, each photo ends verified and done or
// failed with its reason, nothing half written is left and no photo is changed. `npm run test:faults -- --runs 200 --seed 1`
// makes more of them than these few, where every one can be repeated by its seed and number.

const {
  FAULT_RUNS = '8',
  FAULT_FIRST = '0',
  FAULT_SEED = '1',
  FAULT_ONLY,
  FAULT_FIXTURES,
  FAULT_MOUNTS,
} = process.env;
const seed = Number(FAULT_SEED);
const at = workplace();
const model = at('nearest.onnx');
const world: World = { usual: 0, mounts: FAULT_MOUNTS !== undefined, fixtures: [] };
const kinds = Object.entries({ ...faults, ...(FAULT_FIXTURES === undefined ? {} : fixtureFaults) });
const outcomes: Record<string, Record<string, number>> = {};

beforeAll(async () => {
  await writeModelFile(model, nearest(2), fakeCard({ name: 'nearest', receptiveRadius: 0 }));
  if (FAULT_FIXTURES !== undefined) world.fixtures = await smallPhotos(FAULT_FIXTURES);
  const trial = await newTrial(0);
  const start = performance.now();
  await trial.check(await trial.start().ended);
  world.usual = performance.now() - start;
});

afterAll(() => {
  console.table(outcomes);
});

const runs = Array.from({ length: Number(FAULT_RUNS) }, (_, i) => Number(FAULT_FIRST) + i + 1);
const planned = runs
  .map((run) => [run, ...kinds[(run - 1) % kinds.length]!] as const)
  .filter(([, name]) => FAULT_ONLY === undefined || name === FAULT_ONLY);

test.each(planned)('run %i: %s', async (run, name, fault) => {
  const trial = await newTrial(run);
  const files = await fault(trial, world);
  const counts = (outcomes[name] ??= { runs: 0, done: 0, skipped: 0, failed: 0 });
  counts['runs']! += 1;
  for (const { status } of files) counts[status]! += 1;
  await rm(trial.folder, { recursive: true, force: true, maxRetries: 5 });
});

async function newTrial(run: number): Promise<Trial> {
  const trial = new Trial(at(`run ${run}`), model, seed, run);
  await trial.writePhotos();
  return trial;
}

/** Photos below a folder that are looked at in no time. */
async function smallPhotos(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !/\.(jpe?g|png|webp|tiff?)$/i.test(entry.name)) continue;
    const { width, height } = await sharp(path, { failOn: 'none' })
      .metadata()
      .catch(() => ({ width: 0, height: 0 }));
    if (width * height < 1.2e6) paths.push(path);
  }
  return paths.sort();
}
