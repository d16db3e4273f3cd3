import { expect, test } from 'vitest';
import { degrade } from '../../src-main/data/degrade';
import { PhotoCache } from '../../src-main/data/photoCache';
import { blankPixels, type Pixels } from '../../src-main/image/pixels';
import { openModel } from '../../src-main/model/modelFile';
import { resourcePath } from '../../src-main/model/library';
import { plainNet } from '../../src-main/search/space';
import { freshState } from '../../src-main/train/state';
import { teach, teachByStock, teaching } from '../../src-main/train/teacher';
import { leaves } from '../image/samples';
import { testCosts } from '../support/builtCli';

const context = { signal: new AbortController().signal, onProgress: () => undefined };

function photosOf(pictures: readonly Pixels[], maxBytes?: number): PhotoCache {
  const recipe = { reducedBy: 1 as const, crop: { x: 0, y: 0, width: 24, height: 16 } };
  const cache = new PhotoCache(
    pictures.map((_, i) => ({ path: `${i}.png`, recipe })),
    2,
    maxBytes,
  );
  for (const [i, hr] of pictures.entries()) cache.put(i, { hr, lr: degrade(hr, 2) });
  return cache;
}

/** Says grey, but black where a picture begins: it does not treat all its corners alike. */
const teacher = {
  scale: 2,
  radius: 0,
  run: (planes: Float32Array, height: number, width: number) => {
    const out = new Float32Array(planes.length * 4).fill(0.6);
    for (let channel = 0; channel < 3; channel++) out[channel * 4 * height * width] = 0;
    return Promise.resolve(out);
  },
};

test('training photos become a mix of themselves and of what the teacher makes of them, others stay', async () => {
  const pictures = [leaves(24, 16, 1), leaves(24, 16, 2), leaves(24, 16, 3)];
  const cache = photosOf(pictures);
  await teach({ cache, train: [0, 2] }, teacher, context);
  for (const index of [0, 2]) {
    const { hr, lr } = await cache.get(index);
    const photo = pictures[index]!;
    expect(lr).toEqual(degrade(photo, 2));
    const { share } = teaching;
    const expected = Array.from(photo.data, (x) => Math.round((1 - share) * x + share * 153));
    // Black in one of two orientations: in the corner where each begins, and that is not the same.
    for (const corner of [0, 24 * 16 - 1])
      for (let c = 0; c < 3; c++) {
        const at = 3 * corner + c;
        expected[at] = Math.round((1 - share) * photo.data[at]! + (share * 153) / 2);
      }
    expect(Array.from(hr.data)).toEqual(expected);
  }
  expect((await cache.get(1)).hr).toBe(pictures[1]);
});

test('stops between photos when it is told to', async () => {
  const stop = new AbortController();
  stop.abort();
  const cache = photosOf([blankPixels(24, 16, 3)]);
  await expect(teach({ cache, train: [0] }, teacher, { ...context, signal: stop.signal })).rejects.toThrow(
    'Cancelled',
  );
});

test('a search is taught by the best stock model that has the time', async () => {
  const photo = leaves(24, 16, 4);
  const bytes = 24 * 16 * 3 * 1.25;
  const taughtIn = async (seconds: number, maxBytes = bytes): Promise<{ hr: Pixels; spent: number }> => {
    const cache = photosOf([photo], maxBytes);
    const budget = { text: '1ref', ratio: 1, msPerMP: 100 };
    const aim = { budget, minutes: 1, table: testCosts().data };
    const state = { ...freshState(plainNet(2, 8, 1), 1, { search: 0, tune: seconds }), aim };
    await teachByStock(state, { cache, train: [0] }, { ...context, provider: 'cpu' });
    return { hr: (await cache.get(0)).hr, spent: state.seconds };
  };
  const taughtBy = async (name: string): Promise<Pixels> => {
    const cache = photosOf([photo]);
    const net = await openModel(resourcePath('models', `${name}.onnx`));
    await teach({ cache, train: [0] }, net, context).finally(() => net.dispose());
    return (await cache.get(0)).hr;
  };
  const long = await taughtIn(3600);
  expect(long.hr).toEqual(await taughtBy('x2 best'));
  expect(long.spent).toBeGreaterThan(0);
  // Both orientations of the photo at the reference's pace, and a tenth of the time for it.
  const asLongAsTheReference = (2 * 24 * 16 * 100) / 1e9 / teaching.timeShare;
  expect((await taughtIn(1.5 * asLongAsTheReference)).hr).toEqual(await taughtBy('x2 fast'));
  // What the cache may forget need not be taught.
  expect(await taughtIn(3600, bytes - 1)).toEqual({ hr: photo, spent: 0 });
  expect(await taughtIn(0.1 * asLongAsTheReference)).toEqual({ hr: photo, spent: 0 });
});
