import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { decodePhoto, openPhoto, readHeader, thumbnail } from '../../src-main/image/decode';
import { encodePhoto, encodePicture } from '../../src-main/image/encode';
import { psnrY } from '../../src-main/image/metrics';
import type { PhotoFormat } from '../../src-main/shared/formats';
import { blankPixels, hasAlpha, type Pixels } from '../../src-main/image/pixels';
import { plainTiffHeader } from '../../src-main/image/plainTiff';
import { bytes, largestDifference, leaves, noise, pixelKinds, temporaryFolder } from './samples';

const folder = temporaryFolder();

/** sharp on its own: the independent reader and writer of these tests. */
function raw(pixels: Pixels): Sharp {
  const { width, height, channels, data } = pixels;
  return sharp(data, { raw: { width, height, channels } });
}

test.each(pixelKinds)('%i channels of %i bits survive PNG and TIFF untouched', async (channels, depth) => {
  const pixels = noise(23, 17, channels, depth);
  for (const format of ['png', 'tiff'] as const) {
    const path = join(folder, `same-${channels}-${depth}.${format}`);
    await encodePhoto(pixels, {}, path, { format });
    const back = (await decodePhoto(path)).pixels;
    expect([back.width, back.height, back.channels, back.depth]).toEqual([23, 17, channels, depth]);
    expect(bytes(back).equals(bytes(pixels))).toBe(true);
  }
});

test('16-bit PNG is read as another program wrote it', async () => {
  const pixels = noise(9, 8, 3, 16);
  const path = join(folder, 'wide.png');
  await raw(pixels).toColourspace('rgb16').png().toFile(path);
  expect(bytes((await decodePhoto(path)).pixels).equals(bytes(pixels))).toBe(true);
});

test('JPEG and WebP stay near, keep grey where the format can, and say what they lose', async () => {
  const photo = leaves(64, 48);
  for (const format of ['jpeg', 'webp'] as const) {
    const path = join(folder, `near.${format}`);
    expect(await encodePhoto(photo, {}, path, { format, quality: 98 })).toEqual([]);
    expect(psnrY((await decodePhoto(path)).pixels, photo, 0)).toBeGreaterThan(30);
  }
  const grey = join(folder, 'grey.jpg');
  await encodePhoto(noise(16, 16, 1), {}, grey, { format: 'jpeg' });
  expect((await decodePhoto(grey)).pixels.channels).toBe(1);
  const notes = await encodePhoto(noise(16, 16, 4, 16), {}, join(folder, 'lost.jpg'), {
    format: 'jpeg',
  });
  expect(notes.join()).toMatch(/transparency.*16 were rounded/);
});

test('indexed colours become RGB', async () => {
  const path = join(folder, 'indexed.png');
  await raw(leaves(32, 32)).png({ palette: true, colours: 16 }).toFile(path);
  const { pixels } = await decodePhoto(path);
  expect([pixels.channels, pixels.depth]).toEqual([3, 8]);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i is applied once', async (orientation) => {
  const source = noise(5, 3);
  const path = join(folder, `turned-${orientation}.png`);
  await raw(source).withMetadata({ orientation }).png().toFile(path);
  const expected = await sharp(path).autoOrient().raw().toBuffer({ resolveWithObject: true });
  const { pixels, metadata } = await decodePhoto(path);
  expect(await readHeader(path)).toMatchObject({ width: pixels.width, height: pixels.height });
  expect([pixels.width, pixels.height]).toEqual([expected.info.width, expected.info.height]);
  expect(bytes(pixels).equals(expected.data)).toBe(true);
  const out = join(folder, `upright-${orientation}.png`);
  await encodePhoto(pixels, metadata, out, { format: 'png' });
  const written = await sharp(out).metadata();
  expect(written.orientation ?? 1).toBe(1);
  expect(bytes((await decodePhoto(out)).pixels).equals(expected.data)).toBe(true);
});

test('a phone-like JPEG of orientation 6 is upright', async () => {
  const path = join(folder, 'phone.jpg');
  await raw(leaves(40, 24)).withMetadata({ orientation: 6 }).jpeg().toFile(path);
  const { pixels } = await decodePhoto(path);
  expect([pixels.width, pixels.height]).toEqual([24, 40]);
});

test('the orientation that ImageMagick hides in PNG text is honoured', async () => {
  const exif = 'MM\0*\0\0\0\b\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0\u0006\0\0\0\0\0\0';
  const hex = Buffer.from(`Exif\0\0${exif}`, 'latin1').toString('hex');
  const plain = await raw(noise(5, 3)).png().toBuffer();
  const text = Buffer.from(`Raw profile type exif\0\nexif\n      ${hex.length / 2}\n${hex}\n`, 'latin1');
  const path = join(folder, 'magick.png');
  writeFileSync(path, insertPngChunk(plain, 'tEXt', text));
  expect((await decodePhoto(path)).pixels).toMatchObject({ width: 3, height: 5 });
});

function insertPngChunk(png: Buffer, type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  check.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return Buffer.concat([png.subarray(0, 33), length, body, check, png.subarray(33)]);
}

/** A picture in Display P3, and its samples. */
async function p3Picture(name: string): Promise<{ path: string; pixels: Pixels }> {
  const path = join(folder, name);
  const pixels = leaves(48, 32);
  await raw(pixels).withIccProfile('p3').png().toFile(path);
  return { path, pixels };
}

test('the samples of a Display P3 picture are not converted, on the way in or out', async () => {
  const { path: source, pixels: rich } = await p3Picture('p3.png');
  const stored = await sharp(source, { ignoreIcc: true }).raw().toBuffer();
  const { pixels, metadata } = await decodePhoto(source);
  expect(bytes(pixels).equals(stored)).toBe(true);
  expect(largestDifference({ ...pixels, data: rich.data }, { ...pixels, data: stored })).toBeGreaterThan(10);
  const out = join(folder, 'p3-out.png');
  await encodePhoto(pixels, metadata, out, { format: 'png' });
  expect((await sharp(out, { ignoreIcc: true }).raw().toBuffer()).equals(stored)).toBe(true);
});

test('CMYK becomes sRGB, is said to, and loses its profile', async () => {
  const path = join(folder, 'cmyk.jpg');
  await raw(leaves(32, 32)).withIccProfile('cmyk').toColourspace('cmyk').jpeg().toFile(path);
  const { pixels, metadata, notes } = await decodePhoto(path);
  expect(pixels.channels).toBe(3);
  expect(metadata.icc).toBeUndefined();
  expect(notes.join()).toContain('CMYK');
});

/** sRGB's primaries, but brightness proportional to the numbers: its curves are made straight. */
async function linearProfile(): Promise<Buffer> {
  const dot = raw(noise(1, 1)).withIccProfile('srgb').png();
  const icc = Buffer.from((await sharp(await dot.toBuffer()).metadata()).icc!);
  for (let at = 132; at < 132 + 12 * icc.readUInt32BE(128); at += 12)
    if (icc.toString('latin1', at + 1, at + 4) === 'TRC')
      icc.fill('curv\0\0\0\0\0\0\0\0', icc.readUInt32BE(at + 4), icc.readUInt32BE(at + 4) + 12);
  return icc;
}

test.each([3, 4] as const)('linear light of 16 bits in %i channels becomes sRGB', async (channels) => {
  const path = join(folder, `linear-${channels}.tif`);
  const linear = [0.4, 0.05, 0.02, 1].slice(0, channels);
  const srgb = linear.map((value) => 255 * (1.055 * value ** (1 / 2.4) - 0.055));
  const pixels = blankPixels(30, 20, channels, 16);
  for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = 65535 * linear[i % channels]!;
  await encodePhoto(pixels, { icc: await linearProfile() }, path, { format: 'tiff' });
  const { pixels: decoded, metadata, notes } = await decodePhoto(path);
  expect([metadata.icc, notes]).toEqual([
    undefined,
    ['the colours were converted from linear light to sRGB'],
  ]);
  const opened = await openPhoto(path, () => Promise.resolve(join(folder, 'linear.v')), 0);
  const stored = await opened.rows.rows(0, 20);
  await opened.close();
  const small = sharp((await thumbnail(path, 10)).bytes);
  const shown = await small.ensureAlpha().raw().toBuffer();
  for (const [c, expected] of srgb.entries()) {
    for (const { data } of [decoded, stored]) expect(Math.abs(data[c]! / 257 - expected)).toBeLessThan(1);
    expect(Math.abs(shown[c]! - expected)).toBeLessThan(5);
  }
});

test.each([
  [5, 2],
  [3, 1],
  [7, 5],
])('%i channels where TIFF has colours of kind %i are refused', async (channels, photometric) => {
  const path = join(folder, `extra-${channels}-${photometric}.tif`);
  const header = plainTiffHeader({ width: 8, height: 8, channels: channels as 4, depth: 8 });
  // What tag 262 says.
  header.writeUInt16LE(photometric, header.indexOf(Buffer.from([6, 1, 3, 0])) + 12);
  writeFileSync(path, Buffer.concat([header, Buffer.alloc(64 * channels, 77)]));
  await expect(decodePhoto(path)).rejects.toThrow(/more channels than its colours and one for transparency/);
});

test('broken files are named, with what is wrong', async () => {
  const jpeg = await raw(leaves(256, 256)).jpeg().toBuffer();
  const cases: [name: string, content: Buffer, reason: RegExp][] = [
    ['cut.jpg', jpeg.subarray(0, jpeg.length / 2), /damaged: its end is missing/],
    ['letter.jpg', Buffer.from('Dear Sir or Madam, this is no picture.'), /not a picture of a known kind/],
    ['empty.png', Buffer.alloc(0), /cannot be read|not a picture/],
    [
      'picture.jpg',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      /is a SVG file/,
    ],
  ];
  for (const [name, content, reason] of cases) {
    const path = join(folder, name);
    writeFileSync(path, content);
    const error = await decodePhoto(path).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(path);
    expect((error as UserError).message).toMatch(reason);
  }
  await expect(decodePhoto(join(folder, 'nowhere.jpg'))).rejects.toThrow('nowhere.jpg does not exist');
  await expect(decodePhoto(folder)).rejects.toThrow(`${folder} is a folder`);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('a thumbnail of orientation %i is upright', async (orientation) => {
  const path = join(folder, `thumbnail-${orientation}.jpg`);
  const blocks = raw(leaves(6, 4)).resize(300, 200, { kernel: 'nearest' });
  await blocks.withMetadata({ orientation }).jpeg({ quality: 95 }).toFile(path);
  const expected = await sharp(path).autoOrient().resize(60, 60, { fit: 'inside' }).png().toBuffer();
  const { type, bytes: small } = await thumbnail(path, 60);
  expect(type).toBe('image/webp');
  const { format, width, height } = await sharp(small).metadata();
  expect({ format, width, height }).toEqual({
    ...{ format: 'webp', width: orientation < 5 ? 60 : 40, height: orientation < 5 ? 40 : 60 },
  });
  const difference = async (other: Buffer) => {
    const [a, b] = [await sharp(small).raw().toBuffer(), await sharp(other).raw().toBuffer()];
    return a.reduce((sum, sample, i) => sum + Math.abs(sample - b[i]!), 0) / a.length;
  };
  expect(await difference(expected)).toBeLessThan(8);
  expect(await difference(await sharp(expected).rotate(180).toBuffer())).toBeGreaterThan(20);
});

test('a thumbnail is in sRGB, whatever the photo is in, and never larger than it', async () => {
  const path = join(folder, 'thumbnail-p3.png');
  const background = { r: 200, g: 100, b: 100 };
  const flat = sharp({ create: { width: 30, height: 20, channels: 3, background } });
  // The samples stay as they are, the profile says that they mean other colours.
  const { metadata } = await decodePhoto((await p3Picture('a.png')).path);
  const samples = await flat.raw().toBuffer();
  await encodePhoto({ ...leaves(30, 20), data: samples }, metadata, path, { format: 'png' });
  const { bytes: small } = await thumbnail(path, 100);
  const { data, info } = await sharp(small).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([30, 20]);
  for (const [i, expected] of [215, 93, 97].entries()) expect(Math.abs(data[i]! - expected)).toBeLessThan(5);
});

test.each([
  [1, 16],
  [2, 8],
  [4, 16],
] as const)('%i channels of %i bits have a thumbnail', async (channels, depth) => {
  const path = join(folder, `thumbnail-${channels}-${depth}.png`);
  await encodePhoto(noise(40, 30, channels, depth), {}, path, { format: 'png' });
  const { width, hasAlpha: alpha } = await sharp((await thumbnail(path, 20)).bytes).metadata();
  expect([width, alpha]).toEqual([20, channels === 2 || channels === 4]);
});

test('what has no thumbnail is named, with what is wrong', async () => {
  const path = join(folder, 'thumbnail-cut.jpg');
  const jpeg = await raw(leaves(256, 256)).jpeg().toBuffer();
  writeFileSync(path, jpeg.subarray(0, jpeg.length / 2));
  await expect(thumbnail(path, 64)).rejects.toThrow(`${path} is damaged: its end is missing`);
  await expect(thumbnail(folder, 64)).rejects.toThrow(UserError);
});

test('a picture in memory is a PNG of the same samples with the profile that they are in', async () => {
  const { icc } = (await decodePhoto((await p3Picture('b.png')).path)).metadata;
  const pixels = leaves(20, 10);
  const png = await encodePicture(pixels, icc);
  expect((await sharp(png).metadata()).icc!.equals(icc!)).toBe(true);
  expect((await sharp(png, { ignoreIcc: true }).raw().toBuffer()).equals(bytes(pixels))).toBe(true);
  const plain = await sharp(await encodePicture(pixels)).metadata();
  expect([plain.format, plain.icc]).toEqual(['png', undefined]);
});

test('a picture too wide for WebP is refused with the way out', async () => {
  const path = join(folder, 'wide.webp');
  await expect(encodePhoto(noise(16384, 1), {}, path, { format: 'webp' })).rejects.toThrow(
    /at most 16383 a side. Choose png or tiff/,
  );
});

test('nothing is left in the folder but whole files', async () => {
  const place = join(folder, 'only whole files');
  mkdirSync(place);
  const path = join(place, 'a.png');
  await encodePhoto(leaves(8, 8), {}, path, { format: 'png' });
  const first = readFileSync(path);
  await expect(encodePhoto(leaves(9, 9), {}, path, { format: 'png' })).rejects.toThrow('exists already');
  expect(readFileSync(path).equals(first)).toBe(true);
  await encodePhoto(leaves(9, 9), {}, path, { format: 'png', overwrite: true });
  expect((await readHeader(path)).width).toBe(9);
  expect(readdirSync(place)).toEqual(['a.png']);
});

test('every format is what its header says', async () => {
  const formats: PhotoFormat[] = ['jpeg', 'png', 'webp', 'tiff'];
  for (const format of formats) {
    const path = join(folder, `header.${format}`);
    const pixels = noise(12, 10, 4);
    await encodePhoto(pixels, {}, path, { format });
    expect(await readHeader(path)).toEqual({
      ...{ format, width: 12, height: 10, depth: 8 },
      channels: format === 'jpeg' ? 3 : 4,
      whole: format === 'webp' || format === 'avif',
    });
    expect(hasAlpha((await decodePhoto(path)).pixels)).toBe(format !== 'jpeg');
  }
});
