import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordPath } from '../../src-main/model/library';
import { parseGenotype } from '../../src-main/search/genotype';
import { modelStorySchema } from '../../src-main/shared/things';
import { readStory, writeRecord } from '../../src-main/train/record';
import { fakeCard } from '../support/fakeCard';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'record-'));
  path = join(folder, 'lisbon.onnx');
});
afterEach(() => rm(folder, { recursive: true }));

const genotype = 'x2 c16 f1 | edge3 24 conv3 | id 16 sep5';
const candidates = parseGenotype(genotype);
const point = { stage: 'tune' as const, step: 1, seconds: 2, loss: NaN, psnr: 30, msPerStep: 9 };

test('a story is what the record tells, without places of photos', async () => {
  await writeRecord(path, {
    card: fakeCard(),
    candidates,
    history: [point],
    bicubicOnCrops: 28,
    refinement: { found: 'x', before: 1, after: 0.8 },
    photos: {
      train: 9,
      heldOut: 1,
      reduced: 2,
      leftOut: [{ path: '/home/anna/x.jpg', reason: 'it is small' }],
    },
  });
  const story = await readStory({ path, card: fakeCard() });
  expect(story).toEqual({
    network: candidates,
    history: [{ ...point, loss: null }],
    bicubicOnCrops: 28,
    photos: { train: 9, heldOut: 1, reduced: 2 },
    refinement: { found: 'x', before: 1, after: 0.8 },
  });
  expect(modelStorySchema.parse(JSON.parse(JSON.stringify(story)))).toEqual(story);
});

test.each(['missing', 'damaged'])('with a %s record the network is known from the card', async (what) => {
  if (what === 'damaged') await writeFile(recordPath(path), '{"history":');
  expect(await readStory({ path, card: fakeCard({ genotype }) })).toEqual({
    network: candidates,
    history: [],
    bicubicOnCrops: null,
    photos: { train: 40, heldOut: 8, reduced: 0 },
  });
});

test('of an imported network there is no story', async () => {
  expect(await readStory({ path, card: fakeCard({ kind: 'imported', genotype: 'imported' }) })).toBeNull();
});
