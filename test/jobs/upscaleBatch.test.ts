import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cancelled } from '../../src-main/base/errors';
import { mostDeaths } from '../../src-main/data/journal';
import { planOutputs } from '../../src-main/data/outputs';
import { blankPixels } from '../../src-main/image/pixels';
import { readHeader } from '../../src-main/image/decode';
import { upscalePhotos, type UpscalePhotosConfig } from '../../src-main/jobs/upscale';
import type { Progress } from '../../src-main/shared/progress';
import { batchDataSchema, type BatchData } from '../../src-main/shared/results';
import type { UpscaleNet } from '../../src-main/tiling/upscaleImage';
import { leaves } from '../image/samples';
import { photoPlaces } from '../support/photoPlace';
import { localNet } from '../tiling/localNet';

// What the app's screen builds on: photos with their place, names, a journal and what is told of each photo.

const workplace = photoPlaces();
const net = localNet(2);
const naming = (pattern: string) => ({ pattern, scale: 2, model: 'lisbon' });

/** An engine's work on a batch; what it told is kept. */
function engine(config: UpscalePhotosConfig, usedNet: UpscaleNet = net) {
  const told: Progress[] = [];
  const cancel = new AbortController();
  const result = upscalePhotos(
    config,
    { scale: 2, load: () => Promise.resolve(usedNet) },
    {
      signal: cancel.signal,
      onProgress: (progress) => {
        told.push(progress);
      },
    },
  );
  const data = (): BatchData[] => told.map((progress) => batchDataSchema.parse(progress.data));
  return {
    told,
    data,
    cancel,
    files: async () => (await result).files,
    /** The photos whose work began, by number. */
    worked: () => data().flatMap(({ file, working }) => (working ? [file] : [])),
    before: () => data()[0]!.settledBefore!.map(({ file, status }) => [file, status]),
  };
}

/** An engine that is gone while the photo of that height is in work: its network never answers. */
async function dyingEngine(config: UpscalePhotosConfig, height: number): Promise<void> {
  let begun: () => void;
  const reached = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const dying = engine(config, {
    ...net,
    run: (planes, h, w) => {
      if (h !== height) return net.run(planes, h, w);
      begun();
      return new Promise(() => undefined);
    },
  });
  await reached;
  // What was being written by then is written.
  await expect
    .poll(() => dying.data().filter(({ settled }) => settled).length)
    .toBe(dying.worked().length - 1);
}

test('photos given with their place are mirrored, and one that is gone fails alone', async () => {
  const { at, photo, files } = workplace();
  const inputs = [
    { path: await photo('elsewhere/a.png'), relative: 'sub/deep/a.png' },
    { path: at('gone.png'), relative: 'sub/gone.png' },
    await photo('b.png'),
  ];
  const done = await engine({ inputs, out: at('out') }).files();
  expect(done.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
  expect(done[1]!.reason).toContain('gone.png does not exist');
  expect(files('out')).toEqual(['b.png', 'sub/deep/a.png']);
});

test('results are named by the pattern, each in its place, and never over another or an input', async () => {
  const { at, photo, files } = workplace();
  const original = readFileSync(await photo('in/a.png'));
  await photo('in/a.jpg');
  await photo('in/sub/{name} & co.png');
  const config = { inputs: [at('in')], out: at('out'), format: 'png' as const };
  await engine({ ...config, naming: naming('{name} x{scale} {model}') }).files();
  expect(files('out')).toEqual(['a x2 lisbon (2).png', 'a x2 lisbon.png', 'sub/{name} & co x2 lisbon.png']);
  const inPlace = { inputs: [at('in/a.png'), at('in/a.jpg')], out: at('in'), overwrite: true };
  const [first, second] = await engine({ ...inPlace, naming: naming('a') }).files();
  expect([first, second]).toMatchObject([{ status: 'failed' }, { status: 'failed' }]);
  expect(readFileSync(at('in/a.png')).equals(original)).toBe(true);
});

test('a photo that would need more memory than is allowed fails alone, with the numbers', async () => {
  const { at, photo, files } = workplace();
  const inputs = [await photo('large.png', leaves(600, 500)), await photo('small.png', leaves(20, 14))];
  const memory = 0.4502;
  const [large, small] = await engine({ inputs, out: at('out'), memory }).files();
  expect(large).toMatchObject({ status: 'failed' });
  expect(large!.reason).toContain('large.png would need about 0.5 GB of memory, and 0.45 GB are allowed.');
  expect(small).toMatchObject({ status: 'done' });
  expect(files('out')).toEqual(['small.png']);
});

test('{scale} is the factor that a width comes to', async () => {
  const { at, photo, files } = workplace();
  await photo('a.png', leaves(20, 14));
  await engine({ inputs: [at('a.png')], out: at('out'), width: 25, naming: naming('{scale}') }).files();
  expect(files('out')).toEqual(['1.25.png']);
});

test('no name leads out of the folder', () => {
  const inputs = [{ relative: join('sub', '...png'), format: 'png' as const }];
  expect(planOutputs(inputs, 'out', { caseSensitive: true })).toEqual([join('out', 'sub', '...png')]);
});

test('each photo is told to begin and to be settled, once, with its number', async () => {
  const { at, photo } = workplace();
  for (const name of ['a', 'b', 'd', 'e']) await photo(`in/${name}.png`);
  writeFileSync(at('in/c.png'), 'a letter');
  await photo('out/e.png');
  const batch = engine({ inputs: [at('in')], out: at('out') });
  const files = await batch.files();
  const data = batch.data();
  expect(data.every((each) => each.files === 5)).toBe(true);
  expect(batch.before()).toEqual([
    [2, 'failed'],
    [4, 'skipped'],
  ]);
  expect(batch.worked()).toEqual([0, 1, 3]);
  const settled = data.filter((each) => each.settled);
  expect(settled.map(({ file }) => file)).toEqual([0, 1, 3]);
  for (const each of settled) expect(each.settled).toEqual(files[each.file!]);
  expect(batch.told.at(-1)!.fraction).toBe(1);
});

test('after the engine died the batch goes on where it was: nothing is lost, done twice or called skipped', async () => {
  const { at, photo } = workplace();
  for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) await photo(`in/${name}.png`, leaves(20, 20 + i));
  const config = { inputs: [at('in')], out: at('out'), overwrite: true, journal: at('journal') };
  await dyingEngine(config, 22);
  const first = readFileSync(at('out/a.png'));
  expect(existsSync(at('out/c.png'))).toBe(false);

  const next = engine(config);
  const files = await next.files();
  expect(files.map(({ input, status }) => [input, status])).toEqual(
    ['a', 'b', 'c', 'd'].map((name) => [at(`in/${name}.png`), 'done']),
  );
  expect(next.before()).toEqual([
    [0, 'done'],
    [1, 'done'],
  ]);
  expect(next.worked()).toEqual([2, 3]);
  expect(next.told[0]!.fraction).toBeCloseTo((20 + 21) / (20 + 21 + 22 + 23), 5);
  expect(next.told[0]!.secondsLeft).toBeUndefined();
  expect(readFileSync(at('out/a.png')).equals(first)).toBe(true);

  const last = engine(config);
  expect(await last.files()).toEqual(files);
  expect(last.told).toHaveLength(1);
  expect(last.told[0]!.fraction).toBe(1);
});

test('a photo at which three engines died is given up, and no other one with it', async () => {
  const { at, photo } = workplace();
  for (const [i, name] of ['a', 'b', 'c'].entries()) await photo(`in/${name}.png`, leaves(20, 20 + i));
  const config = { inputs: [at('in')], out: at('out'), journal: at('journal') };
  for (let death = 0; death < mostDeaths; death++) await dyingEngine(config, 21);
  const files = await engine(config).files();
  expect(files.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
  expect(files[1]!.reason).toMatch(/b\.png was in work each of the 3 times that the engine died/);
});

test('a cancel is no death: the photo is worked on however often that happens', async () => {
  const { at, photo } = workplace();
  await photo('in/a.png', leaves(40, 40));
  const config = { inputs: [at('in')], out: at('out'), tile: 20, journal: at('journal') };
  for (let i = 0; i <= mostDeaths; i++) {
    const cancelled: ReturnType<typeof engine> = engine(config, {
      ...net,
      run: (planes, h, w) => {
        cancelled.cancel.abort();
        return net.run(planes, h, w);
      },
    });
    await expect(cancelled.files()).rejects.toThrow(Cancelled);
  }
  expect(await engine(config).files()).toMatchObject([{ status: 'done' }]);
});

test('a result that was removed since is made again', async () => {
  const { at, photo } = workplace();
  await photo('in/a.png');
  await photo('in/b.png');
  const config = { inputs: [at('in')], out: at('out'), journal: at('journal') };
  await engine(config).files();
  rmSync(at('out/b.png'));
  const again = engine(config);
  expect((await again.files()).map(({ status }) => status)).toEqual(['done', 'done']);
  expect(again.worked()).toEqual([1]);
  expect((await readHeader(at('out/b.png'))).width).toBe(40);
});

test('results that lie beside their photos are no photos when the batch goes on', async () => {
  const { at, photo, files } = workplace();
  for (const [i, name] of ['a', 'b'].entries()) await photo(`in/${name}.png`, leaves(20, 20 + i));
  const config = { inputs: [at('in')], out: at('in'), format: 'webp' as const, journal: at('journal') };
  await dyingEngine(config, 21);
  expect((await engine(config).files()).map(({ status }) => status)).toEqual(['done', 'done']);
  expect(files('in')).toEqual(['a.png', 'a.webp', 'b.png', 'b.webp']);
});

/** Does something while the network is at work on the only photo. */
const meanwhile = (act: () => void): UpscaleNet => ({
  ...net,
  run: (planes, h, w) => {
    act();
    return net.run(planes, h, w);
  },
});

test.each([
  [
    'written to',
    (path: string) => {
      writeFileSync(path, 'shorter');
    },
  ],
  [
    'removed',
    (path: string) => {
      rmSync(path);
    },
  ],
])('a photo that is %s during the work fails, and no result of it is kept', async (_, act) => {
  const { at, photo, files } = workplace();
  const input = await photo('a.png');
  const changing = meanwhile(() => {
    act(input);
  });
  const [file] = await engine({ inputs: [input], out: at('out') }, changing).files();
  expect(file).toMatchObject({ status: 'failed' });
  expect(file!.reason).toContain('was changed while it was read');
  expect(files('out')).toEqual([]);
});

test.each([[false], [true]])(
  'a result that something else writes meanwhile stays (overwrite: %j)',
  async (overwrite) => {
    const { at, photo } = workplace();
    const input = await photo('a.png');
    if (overwrite) await photo('out/a.png');
    const writing = meanwhile(() => {
      writeFileSync(at('out/a.png'), 'of another program');
    });
    const [file] = await engine({ inputs: [input], out: at('out'), overwrite }, writing).files();
    expect(file).toMatchObject({ status: 'skipped' });
    expect(readFileSync(at('out/a.png'), 'utf8')).toBe('of another program');
  },
);

test('where the output folder goes away, what was in it counts as failed, and no other folder is made for the rest', async () => {
  const { at, photo } = workplace();
  await photo('in/a.png', leaves(20, 20));
  await photo('in/b.png', leaves(20, 21));
  const config = { inputs: [at('in')], out: at('disk/out') };
  const batch: ReturnType<typeof engine> = engine(config, {
    ...net,
    run: async (planes, h, w) => {
      if (h === 21) {
        await expect.poll(() => batch.data().some(({ settled }) => settled)).toBe(true);
        rmSync(at('disk'), { recursive: true });
      }
      return net.run(planes, h, w);
    },
  });
  const files = await batch.files();
  expect(files.map(({ status }) => status)).toEqual(['failed', 'failed']);
  expect(files[0]!.reason).toContain('was written, but is not there any more');
  expect(files[1]!.reason).toContain('is gone since the batch began');
  expect(existsSync(at('disk'))).toBe(false);
});

test('a result of one colour is no success, unless the photo is of one', async () => {
  const { at, photo, files } = workplace();
  const inputs = [await photo('a.png'), await photo('black.png', blankPixels(20, 14, 3))];
  const black = {
    ...net,
    run: (_: Float32Array, h: number, w: number) => Promise.resolve(new Float32Array(12 * h * w)),
  };
  const [varied, constant] = await engine({ inputs, out: at('out') }, black).files();
  expect(varied).toMatchObject({ status: 'failed' });
  expect(varied!.reason).toContain('came out in one colour');
  expect(constant).toMatchObject({ status: 'done' });
  expect(files('out')).toEqual(['black.png']);
});
