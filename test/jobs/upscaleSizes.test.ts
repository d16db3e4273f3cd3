import { readFileSync } from 'node:fs';
import type * as FsPromises from 'node:fs/promises';
import { statfs } from 'node:fs/promises';
import sharp from 'sharp';
import { expect, test, vi } from 'vitest';
import { Cancelled } from '../../src-main/base/errors';
import { decodePhoto, readHeader } from '../../src-main/image/decode';
import { blankPixels } from '../../src-main/image/pixels';
import { upscalePhotos, type UpscalePhotosConfig } from '../../src-main/jobs/upscale';
import { upscaleImage, type UpscaleNet } from '../../src-main/tiling/upscaleImage';
import { bytes, leaves, noise } from '../image/samples';
import { photoPlaces } from '../support/photoPlace';
import { localNet } from '../tiling/localNet';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FsPromises>();
  return { ...real, statfs: vi.fn(real.statfs) };
});

// Any size, in any format, through memory or through files; what cannot be made is told before the work.

const workplace = photoPlaces();
const net = localNet(2);

async function run(config: UpscalePhotosConfig, load = (): Promise<UpscaleNet> => Promise.resolve(net)) {
  const context = { signal: new AbortController().signal, onProgress: () => undefined };
  return (await upscalePhotos(config, { scale: net.scale, load }, context)).files;
}

/** The reason of a photo that is refused without the network being loaded. */
async function refusal(config: UpscalePhotosConfig): Promise<string> {
  const [file] = await run(config, () => Promise.reject(new Error('The network was loaded')));
  expect(file!.status).toBe('failed');
  return file!.reason!;
}

test('pictures that go through files come out as those that go through memory', async () => {
  const { at, photo, files } = workplace();
  await photo('in/wide.png', noise(40, 31, 4, 16));
  await photo('in/grey.tif', noise(33, 20, 1));
  await photo('in/photo.jpg', leaves(64, 40));
  const turned = sharp(readFileSync(await photo('turned.jpg', leaves(30, 44)))).withMetadata({
    orientation: 6,
  });
  await turned.toFile(at('in/turned.jpg'));
  await run({ inputs: [at('in')], out: at('memory'), tile: 16 });
  await run({ inputs: [at('in')], out: at('disk'), tile: 16, inMemory: 0 });
  expect(files('disk')).toEqual(files('memory'));
  for (const name of files('memory'))
    expect(readFileSync(at(`disk/${name}`)).equals(readFileSync(at(`memory/${name}`)))).toBe(true);
});

test('a cancelled batch leaves none of its temporary files', async () => {
  const { at, photo, files } = workplace();
  for (const name of ['a', 'b', 'c']) await photo(`in/${name}.png`, leaves(60, 60));
  const abort = new AbortController();
  const slow: UpscaleNet = {
    ...net,
    run: (planes, height, width) => {
      if (files('out').some((name) => name === 'a.png')) abort.abort();
      return net.run(planes, height, width);
    },
  };
  const config = { inputs: [at('in')], out: at('out'), tile: 20, inMemory: 0 };
  const waiting = { scale: 2, load: () => Promise.resolve(slow) };
  const work = upscalePhotos(config, waiting, { signal: abort.signal, onProgress: () => undefined });
  await expect(work).rejects.toThrow(Cancelled);
  expect(files('out').filter((name) => name.includes('tmp'))).toEqual([]);
});

test.each([
  [1.5, 30, 21],
  [2, 40, 28],
  [2.25, 45, 32],
  [3, 60, 42],
  [8, 160, 112],
])('%f times as large', async (factor, width, height) => {
  const { at, photo } = workplace();
  await photo('a.png');
  await run({ inputs: [at('a.png')], out: at('out'), factor });
  expect(await readHeader(at('out/a.png'))).toMatchObject({ width, height });
});

test('a larger scale is the network again, with nothing resampled where that fits', async () => {
  const { at, photo } = workplace();
  const source = (await decodePhoto(await photo('a.png'))).pixels;
  await run({ inputs: [at('a.png')], out: at('out'), factor: 4, inMemory: 0 });
  const expected = await upscaleImage(await upscaleImage(source, net), net);
  expect(bytes((await decodePhoto(at('out/a.png'))).pixels).equals(bytes(expected))).toBe(true);
});

test('a width may be so many times the photo, up to 16', async () => {
  const { at, photo } = workplace();
  await photo('a.png');
  const [file] = await run({ inputs: [at('a.png')], out: at('out'), width: 320 });
  expect(file!.status).toBe('done');
  expect(await refusal({ inputs: [at('a.png')], out: at('wider'), width: 340 })).toMatch(
    /a\.png is 20 pixels wide and would be 340x238 pixels: at most 16 times as wide can be made\./,
  );
});

test('what is too large for us, for the format or for the memory is refused with the numbers', async () => {
  const { at, photo } = workplace();
  const large = await photo('large.png', blankPixels(4000, 4000, 1));
  const long = await photo('long.png', leaves(5000, 4));
  const out = at('out');
  expect(await refusal({ inputs: [large], out, factor: 8 })).toMatch(
    /large\.png would be 32000x32000 pixels, 1024 megapixels: at most 1000 can be made\. Choose a smaller scale\./,
  );
  for (const [format, factor, size] of [
    ['jpeg', 16, 65_535],
    ['webp', 4, 16_383],
    ['avif', 4, 16_384],
  ] as const) {
    expect(await refusal({ inputs: [long], out, factor, format })).toContain(
      `${format} holds at most ${size} a side. Choose png or tiff.`,
    );
  }
  const needs = /would need about \d+\.\d GB of memory, and 1 GB are allowed\./;
  expect(await refusal({ inputs: [large], out, format: 'webp', memory: 1 })).toMatch(needs);
  expect(await refusal({ inputs: [large], out, format: 'avif', memory: 1 })).toMatch(
    /Choose png, jpeg or tiff,/,
  );
});

test('what the disk cannot hold at one time is refused before any work, with the numbers', async () => {
  const { at, photo } = workplace();
  const large = await photo('large.png', blankPixels(4000, 4000, 4));
  const room = await statfs(at('.'));
  // Each result fits alone: 0.26 and 1.02 GB.
  const full = vi.mocked(statfs).mockResolvedValue(Object.assign(room, { bavail: 1.1e9 / room.bsize }));
  const reason = await refusal({ inputs: [large], out: at('out'), factor: 4 });
  full.mockRestore();
  expect(reason).toMatch(
    /out has 1\.1 GB left, and 1\.3 GB are needed while a picture of 16000x16000 pixels/,
  );
});

test('formats, colour sampling and depth are as asked for, and what a format cannot hold is said', async () => {
  const { at, photo } = workplace();
  const wide = await photo('wide.png', noise(20, 14, 3, 16));
  const small = await photo('small.png', leaves(20, 14));
  const made = async (input: string, config: Partial<UpscalePhotosConfig>) => {
    const [file] = await run({
      inputs: [input],
      out: at(JSON.stringify(config).replace(/\W/g, '')),
      ...config,
    });
    return { ...(await sharp(file!.output).metadata()), notes: file!.notes?.join() };
  };
  expect(await made(small, { format: 'avif' })).toMatchObject({ format: 'heif', width: 40 });
  expect(await made(small, { format: 'jpeg' })).toMatchObject({ chromaSubsampling: '4:4:4' });
  expect(await made(small, { format: 'jpeg', chroma: '4:2:0' })).toMatchObject({
    chromaSubsampling: '4:2:0',
  });
  expect((await made(small, { format: 'webp', chroma: '4:4:4' })).notes).toMatch(/WebP .*4:2:0/);
  expect(await made(wide, {})).toMatchObject({ depth: 'ushort', notes: undefined });
  expect(await made(wide, { depth: 8 })).toMatchObject({ depth: 'uchar', notes: undefined });
  expect(await made(small, { depth: 16, format: 'tiff' })).toMatchObject({ depth: 'ushort' });
  expect((await made(small, { depth: 16, format: 'jpeg' })).notes).toMatch(/jpeg holds 8 bits/);
});
