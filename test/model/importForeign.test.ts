import { expect, test, vi } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { input } from '../../src-main/graph/build';
import { processor } from '../../src-main/latency/devices';
import { importForeign } from '../../src-main/model/importForeign';
import { cardOf } from '../../src-main/model/modelFile';
import type { Progress } from '../../src-main/shared/progress';
import { foreignModel, nearest } from '../support/tinyModels';

// Measuring speed takes seconds and is tested for itself.
vi.mock('../../src-main/latency/measure', () => ({
  measureRatio: vi.fn(() => Promise.resolve({ msPerMP: 50, refMsPerMP: 100, ratio: 0.5, spread: 0 })),
}));

const { signal } = new AbortController();
const named = { name: 'theirs', device: processor() };
const theirs = foreignModel(nearest(2, input('x', [1, 3, 'h', 'w'])), (model) => {
  model.metadataProps.push({ key: 'author', value: 'somebody' });
});

test("anybody's network becomes a model of ours that describes itself", async () => {
  const seen: Progress[] = [];
  const imported = await importForeign('theirs.onnx', theirs, named, {
    signal,
    onProgress: (progress) => void seen.push(progress),
  });
  const { card, bytes, notes } = imported;
  expect(cardOf('theirs.onnx', bytes)).toEqual(card);
  expect(card).toMatchObject({
    ...{ name: 'theirs', kind: 'imported', scale: 2, receptiveRadius: 0, genotype: 'imported', params: 36 },
    ...{ device: processor(), msPerMP: 50, refMsPerMP: 100, ratio: 0.5 },
  });
  // Repeating pixels is worse than bicubic, which is said.
  expect(card.psnr.bicubic).toBeGreaterThan(card.psnr.model);
  expect(card.psnr.model).toBeGreaterThan(15);
  expect(notes).toEqual([expect.stringContaining('further from the original than bicubic')]);
  const fractions = seen.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
});

test('what is no ONNX model is refused by name', async () => {
  const refused = importForeign('diary.onnx', Buffer.from('Dear diary'), named, {
    signal,
    onProgress: () => undefined,
  });
  await expect(refused).rejects.toThrow(UserError);
  await expect(refused).rejects.toThrow('diary.onnx is not an ONNX model');
});

test('it can be cancelled', async () => {
  const cancel = new AbortController();
  const onProgress = () => {
    cancel.abort();
  };
  const running = importForeign('theirs.onnx', theirs, named, { signal: cancel.signal, onProgress });
  await expect(running).rejects.toThrow('Cancelled');
});
