import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExifTool, type Tags } from 'exiftool-vendored';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { decodePhoto } from '../../src-main/image/decode';
import { encodePhoto } from '../../src-main/image/encode';
import { endExiftool } from '../../src-main/image/exiftool';
import { photoFormats, type PhotoFormat } from '../../src-main/shared/formats';
import { blankPixels } from '../../src-main/image/pixels';
import { leaves, temporaryFolder } from './samples';

const folder = temporaryFolder();
// An exiftool of the tests' own looks at what was written.
const tool = new ExifTool({
  maxProcs: 1,
  useMWG: false,
  numericTags: ['Orientation', 'GPS*', 'ExposureTime'],
});
afterAll(async () => {
  await endExiftool();
  await tool.end();
});

/** A photo like a phone's: turned, with a profile, a thumbnail, a place, a date, XMP, and an agency's IPTC. */
const richPhoto = (format: PhotoFormat): string => join(folder, `rich.${format}`);

beforeAll(async () => {
  for (const format of photoFormats) await writeRichPhoto(richPhoto(format), format);
});

async function writeRichPhoto(path: string, format: PhotoFormat): Promise<void> {
  const { width, height, data } = leaves(48, 32);
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  await image.withIccProfile('p3').toFormat(format).toFile(path);
  const thumbnail = join(folder, 'thumbnail.jpg');
  await sharp({ create: { width: 16, height: 8, channels: 3, background: '#123' } })
    .jpeg()
    .toFile(thumbnail);
  const writeArgs = ['-overwrite_original', '-XMP-tiff:Orientation#=6'];
  if (format === 'jpeg' || format === 'tiff') writeArgs.push(`-ThumbnailImage<=${thumbnail}`);
  if (format !== 'webp' && format !== 'avif') writeArgs.push('-IPTC:Keywords=heron', '-IPTC:City=Oslo');
  const tags = {
    ...{
      Make: 'Maker',
      Copyright: 'A. Person',
      ExposureTime: '1/125',
      'Orientation#': 6,
      'XMP-xmp:Rating': 4,
    },
    ...{ DateTimeOriginal: '2024:05:06 07:08:09', ExifImageWidth: 48, ExifImageHeight: 32 },
    ...{ GPSLatitude: 51.5, GPSLongitude: -0.25, GPSAltitude: 30 },
  };
  await tool.write(path, tags, { writeArgs });
}

/** What the rich photo says about itself, as exiftool reads it. */
const told = (tags: Tags) => ({
  make: tags.Make,
  copyright: tags.Copyright,
  exposure: Number(tags.ExposureTime),
  taken: `${tags.DateTimeOriginal?.toString()}`.slice(0, 19),
  place: [tags.GPSLatitude, tags.GPSLongitude].map((degrees) => Number(degrees).toFixed(3)),
  rating: tags.Rating,
});

const rich = {
  ...{ make: 'Maker', copyright: 'A. Person', exposure: 0.008, taken: '2024-05-06T07:08:09' },
  ...{ place: ['51.500', '-0.250'], rating: 4 },
};

const pairs = photoFormats.flatMap((from) => photoFormats.map((to) => [from, to] as const));

test.each(pairs)('all that a photo says about itself comes along from %s to %s', async (from, to) => {
  const source = richPhoto(from);
  const { pixels, metadata, notes } = await decodePhoto(source);
  const out = join(folder, `${from}-to.${to}`);
  const { orientation } = await sharp(source).metadata();
  // AVIF is turned by its own box, not by EXIF.
  expect(orientation ?? 1).toBe(from === 'avif' ? 1 : 6);
  expect([...notes, ...(await encodePhoto(pixels, metadata, out, { format: to }))]).toEqual([]);
  const tags = await tool.read(out);
  expect(told(tags)).toEqual(rich);
  const { icc, orientation: written } = await sharp(out).metadata();
  expect(icc!.equals((await sharp(source).metadata()).icc!)).toBe(true);
  expect([written ?? 1, tags.Orientation]).toEqual([1, 1]);
  expect([tags.ExifImageWidth, tags.ExifImageHeight]).toEqual([pixels.width, pixels.height]);
  expect(tags.ThumbnailImage).toBeUndefined();
  const hadIptc = from !== 'webp' && from !== 'avif';
  if (hadIptc) expect(tags.City).toBe('Oslo');
});

test.each(photoFormats)(
  'without Perl, %s has what sharp can carry, and the rest is said to be lost',
  async (to) => {
    const { pixels, metadata } = await decodePhoto(richPhoto('jpeg'));
    const out = join(folder, `no-perl.${to}`);
    const missing = new Error('Perl must be installed. Please add perl to your $PATH and try again.');
    const write = vi.spyOn(ExifTool.prototype, 'write').mockRejectedValue(missing);
    const notes = await encodePhoto(pixels, metadata, out, { format: to });
    write.mockRestore();
    const lost = to === 'tiff' ? /its EXIF was left out \(.*Perl/ : /commonest fields.*Perl/;
    expect(notes.join('\n')).toMatch(lost);
    expect(notes.join('\n')).toContain('its IPTC was left out');
    const tags = await tool.read(out);
    if (to === 'tiff') expect(tags.Rating).toBe(4);
    else expect(told(tags)).toEqual(rich);
    expect((await sharp(out).metadata()).icc!.equals(metadata.icc!)).toBe(true);
  },
);

test("a camera's mark of Adobe RGB stays", async () => {
  const source = join(folder, 'adobe.jpg');
  const { width, height, data } = leaves(48, 32);
  await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toFile(source);
  const writeArgs = [
    '-overwrite_original',
    '-ColorSpace#=65535',
    '-InteropIndex=R03',
    '-RelatedImageWidth=48',
  ];
  await tool.write(source, {}, { writeArgs });
  const { pixels, metadata } = await decodePhoto(source);
  const out = join(folder, 'adobe-out.jpg');
  await encodePhoto(pixels, metadata, out, { format: 'jpeg' });
  const { InteropIndex, RelatedImageWidth } = await tool.read(out);
  expect([InteropIndex, RelatedImageWidth]).toEqual(['R03 - DCF option file (Adobe RGB)', undefined]);
});

test('the resolution stays', async () => {
  const source = join(folder, 'dpi.png');
  await sharp({ create: { width: 16, height: 8, channels: 3, background: '#123' } })
    .withDensity(300)
    .toFile(source);
  const { pixels, metadata } = await decodePhoto(source);
  for (const format of ['png', 'jpeg', 'tiff'] as const) {
    const out = join(folder, `dpi-out.${format}`);
    await encodePhoto(pixels, metadata, out, { format });
    expect((await sharp(out).metadata()).density).toBe(300);
  }
});

test('damaged EXIF does no harm, and the names of files may be odd', async () => {
  const source = join(folder, '100%d #1 & ‘é’.jpg');
  const jpeg = await sharp(blankPixels(8, 8, 3).data, { raw: { width: 8, height: 8, channels: 3 } })
    .jpeg()
    .toBuffer();
  const block = Buffer.from('Exif\0\0II*\0\xff\xff\0\0', 'latin1');
  const head = Buffer.from([0xff, 0xe1, 0, block.length + 2]);
  writeFileSync(source, Buffer.concat([jpeg.subarray(0, 2), head, block, jpeg.subarray(2)]));
  const { pixels, metadata } = await decodePhoto(source);
  const out = join(folder, '50%f ‘ü’ out.jpg');
  await encodePhoto(pixels, metadata, out, { format: 'jpeg' });
  expect((await sharp(out).metadata()).width).toBe(8);
});

test('fields that a camera left empty do no harm', async () => {
  const source = join(folder, 'empty.jpg');
  await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123' } })
    .jpeg()
    .toFile(source);
  const writeArgs = ['-overwrite_original', '-IFD0:ImageDescription=    ', '-Make=Maker'];
  await tool.write(source, {}, { writeArgs });
  const { pixels, metadata } = await decodePhoto(source);
  expect(metadata.exif?.IFD0).toEqual({ Make: 'Maker' });
  expect(await encodePhoto(pixels, metadata, join(folder, 'empty-out.jpg'), { format: 'jpeg' })).toEqual([]);
});
