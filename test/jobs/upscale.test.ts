import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { Cancelled, UserError } from '../../src-main/base/errors';
import { planOutputs } from '../../src-main/data/outputs';
import { decodePhoto, readHeader } from '../../src-main/image/decode';
import { upscale, upscalePhotos, type UpscalePhotosConfig } from '../../src-main/jobs/upscale';
import { parseConfig } from '../../src-main/shared/config';
import type { Progress } from '../../src-main/shared/progress';
import { upscaleImage } from '../../src-main/tiling/upscaleImage';
import { bytes, leaves, noise } from '../image/samples';
import { photoPlaces } from '../support/photoPlace';
import { localNet } from '../tiling/localNet';

const workplace = photoPlaces();
const net = localNet(2);
const waiting = { scale: 2, load: () => Promise.resolve(net) };

const told: Progress[] = [];
function run(config: UpscalePhotosConfig, signal = new AbortController().signal) {
  told.length = 0;
  const onProgress = (progress: Progress): void => void told.push(progress);
  return upscalePhotos(config, waiting, { signal, onProgress });
}

test('folders are mirrored, files keep their format, results are what the network gives', async () => {
  const { at, photo, files } = workplace();
  const source = await photo('in/a.png');
  await photo('in/sub/deep/b.jpg');
  await photo('in/sub/c.tif');
  const named = await photo('d.png');
  const result = await run({ inputs: [at('in'), named], out: at('out') });
  expect(result.files.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done']);
  expect(result.files[0]).toMatchObject({ input: source, output: at('out/a.png') });
  expect(files('out')).toEqual(['a.png', 'd.png', 'sub/c.tif', 'sub/deep/b.jpg']);
  const expected = await upscaleImage((await decodePhoto(source)).pixels, net);
  expect(bytes((await decodePhoto(at('out/a.png'))).pixels).equals(bytes(expected))).toBe(true);
});

test('an asked-for format names and makes the files; names that meet get a number', async () => {
  const { at, photo, files } = workplace();
  await photo('one/a.png');
  await photo('one/a.jpg');
  await photo('two/a.tif');
  const { files: done } = await run({ inputs: [at('one'), at('two')], out: at('out'), format: 'webp' });
  expect(done.map(({ output }) => output)).toEqual([
    at('out/a.webp'),
    at('out/a (2).webp'),
    at('out/a (3).webp'),
  ]);
  expect(files('out')).toEqual(['a (2).webp', 'a (3).webp', 'a.webp']);
  expect((await readHeader(at('out/a (3).webp'))).format).toBe('webp');
});

test('where capitals do not count, names that differ in them meet too; .jpeg is a fitting extension', () => {
  const inputs = ['A.jpeg', 'a.jpeg', 'a (2).JPG'].map((relative) => ({ relative, format: 'jpeg' as const }));
  const [first, second, third] = ['A.jpeg', 'a.jpeg', 'a (2).JPG'].map((name) => join('out', name));
  expect(planOutputs(inputs, 'out', { caseSensitive: true })).toEqual([first, second, third]);
  const folded = planOutputs(inputs, 'out', { caseSensitive: false });
  expect(folded).toEqual([first, join('out', 'a (2).jpeg'), third]);
});

test('results that exist are skipped and reported, and replaced only where asked', async () => {
  const { at, photo } = workplace();
  await photo('in/a.png');
  mkdirSync(at('out'));
  writeFileSync(at('out/a.png'), 'mine');
  const skipped = await run({ inputs: [at('in')], out: at('out') });
  expect(skipped.files).toMatchObject([{ status: 'skipped', reason: `${at('out/a.png')} exists already.` }]);
  expect(readFileSync(at('out/a.png'), 'utf8')).toBe('mine');
  const again = await run({ inputs: [at('in')], out: at('out'), overwrite: true });
  expect(again.files).toMatchObject([{ status: 'done' }]);
  expect((await readHeader(at('out/a.png'))).width).toBe(40);
});

test('results of an earlier run below an input folder are not upscaled again', async () => {
  const { at, photo, files } = workplace();
  await photo('in/a.png');
  await run({ inputs: [at('in')], out: at('in/upscaled') });
  const again = await run({ inputs: [at('in')], out: at('in/upscaled') });
  expect(again.files.map(({ status }) => status)).toEqual(['skipped']);
  expect(files('in')).toEqual(['a.png', 'upscaled/a.png']);
});

test('an input is never replaced: not by name, not through links to it or its folder', async () => {
  const { at, photo } = workplace();
  const original = readFileSync(await photo('in/a.png'));
  symlinkSync(at('in'), at('other name'));
  const inPlace = await run({ inputs: [at('in')], out: at('in'), overwrite: true });
  expect(inPlace.files).toMatchObject([{ status: 'failed' }]);
  expect(inPlace.files[0]!.reason).toContain('never overwritten');
  const through = await run({ inputs: [at('in/a.png')], out: at('other name'), overwrite: true });
  expect(through.files).toMatchObject([{ status: 'failed' }]);
  mkdirSync(at('hard'));
  linkSync(at('in/a.png'), at('hard/a.png'));
  mkdirSync(at('soft'));
  symlinkSync(at('in/a.png'), at('soft/a.png'));
  for (const out of ['hard', 'soft']) {
    const { files } = await run({ inputs: [at('in')], out: at(out), overwrite: true });
    expect(files).toMatchObject([{ status: 'failed' }]);
  }
  // The input is itself a link that lies where its result would go.
  const link = await run({ inputs: [at('soft/a.png')], out: at('soft'), overwrite: true });
  expect(link.files).toMatchObject([{ status: 'failed' }]);
  expect(readFileSync(at('in/a.png')).equals(original)).toBe(true);
});

test('one bad file fails alone, named, with its reason', async () => {
  const { at, photo, files } = workplace();
  await photo('in/a.png');
  await photo('in/d.png');
  writeFileSync(at('in/b.jpg'), 'a letter');
  const whole = readFileSync(await photo('whole.jpg', noise(64, 64)));
  writeFileSync(at('in/c.jpg'), whole.subarray(0, whole.length - 900));
  const result = await run({ inputs: [at('in')], out: at('out') });
  expect(result.files.map(({ status }) => status)).toEqual(['done', 'failed', 'failed', 'done']);
  expect(result.files[1]!.reason).toContain(`${at('in/b.jpg')} is not a picture`);
  expect(result.files[2]!.reason).toContain(`${at('in/c.jpg')} is damaged`);
  expect(files('out')).toEqual(['a.png', 'd.png']);
});

test('orientation, profile and EXIF go through the whole way', async () => {
  const { at } = workplace();
  const { width, height, channels, data } = leaves(30, 20);
  await sharp(data, { raw: { width, height, channels } })
    .withExif({ IFD0: { Copyright: 'A. Person' } })
    .withMetadata({ orientation: 6 })
    // Last, since withMetadata asks for sRGB.
    .withIccProfile('p3')
    .jpeg()
    .toFile(at('phone.jpg'));
  const before = await sharp(at('phone.jpg')).metadata();
  expect(before.orientation).toBe(6);
  await run({ inputs: [at('phone.jpg')], out: at('out') });
  const after = await sharp(at('out/phone.jpg')).metadata();
  expect([after.width, after.height, after.orientation]).toEqual([40, 60, 1]);
  expect(after.icc!.equals(before.icc!)).toBe(true);
  expect(after.exif!.toString('latin1')).toContain('A. Person');
});

test('grey stays grey, alpha stays, 16 bits stay, and what is lost is told', async () => {
  const { at, photo } = workplace();
  await photo('grey.png', noise(8, 6, 1));
  await photo('wide.png', noise(8, 6, 4, 16));
  await run({ inputs: [at('grey.png'), at('wide.png')], out: at('out') });
  const [grey, wide] = [await decodePhoto(at('out/grey.png')), await decodePhoto(at('out/wide.png'))];
  expect(grey.pixels.channels).toBe(1);
  expect([wide.pixels.channels, wide.pixels.depth]).toEqual([4, 16]);
  const lossy = await run({ inputs: [at('wide.png')], out: at('jpegs'), format: 'jpeg' });
  expect(lossy.files[0]!.notes!.join()).toContain('transparency');
});

test('a width may be asked for', async () => {
  const { at, photo } = workplace();
  await photo('a.png', leaves(20, 14));
  await run({ inputs: [at('a.png')], out: at('out'), width: 30 });
  expect(await readHeader(at('out/a.png'))).toMatchObject({ width: 30, height: 21 });
});

test('progress never falls and ends at the whole', async () => {
  const { at, photo } = workplace();
  await photo('in/large.png', leaves(60, 60));
  await photo('in/small.png', leaves(10, 10));
  await run({ inputs: [at('in')], out: at('out'), tile: 20 });
  const fractions = told.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
  // Nine tiles of the large photo, which is 36 of 37 parts of the work; before them the start and the photo's turn.
  expect(fractions[2 + 4]).toBeCloseTo(((5 / 9) * 36) / 37, 5);
  expect(told.slice(2).every(({ secondsLeft }) => secondsLeft! >= 0)).toBe(true);
  expect(told.at(-1)!.secondsLeft).toBe(0);
});

test('cancelling between tiles leaves whole files only', async () => {
  const { at, photo, files } = workplace();
  await photo('in/a.png', leaves(10, 10));
  await photo('in/b.png', leaves(60, 60));
  const abort = new AbortController();
  const onProgress = ({ message, fraction }: Progress): void => {
    if (message?.endsWith('b.png') && fraction > 0.3) abort.abort();
  };
  const work = upscalePhotos({ inputs: [at('in')], out: at('out'), tile: 8 }, waiting, {
    signal: abort.signal,
    onProgress,
  });
  await expect(work).rejects.toThrow(Cancelled);
  expect(files('out')).toEqual(['a.png']);
});

test('what cannot be begun is said before the network is loaded', async () => {
  const { at, photo } = workplace();
  const input = await photo('a.png');
  mkdirSync(at('empty'));
  writeFileSync(at('a file'), '');
  const fail = (config: UpscalePhotosConfig) =>
    upscalePhotos(
      config,
      { scale: 2, load: () => Promise.reject(new Error('The network was loaded')) },
      {
        signal: new AbortController().signal,
        onProgress: () => undefined,
      },
    );
  await expect(fail({ inputs: [at('empty')], out: at('out') })).rejects.toThrow(
    `${at('empty')} has no JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF photos`,
  );
  await expect(fail({ inputs: [at('nowhere')], out: at('out') })).rejects.toThrow(at('nowhere'));
  await expect(fail({ inputs: [input], out: at('a file') })).rejects.toThrow(`${at('a file')} is a file`);
  const below = fail({ inputs: [input], out: at('a file/below') });
  await expect(below).rejects.toThrow(UserError);
  await expect(below).rejects.toThrow(`${at('a file/below')} cannot be made`);
});

test('a device that is not there is refused before anything is looked at', async () => {
  const { at } = workplace();
  const config = parseConfig('upscale', { inputs: [at('in')], out: at('out'), device: 'gpu9' });
  const context = { signal: new AbortController().signal, onProgress: () => undefined };
  await expect(upscale(config, context)).rejects.toThrow(
    'There is no device "gpu9" for --device here: choose auto, cpu.',
  );
});
