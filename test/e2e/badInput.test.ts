import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { saveCheckpoint } from '../../src-main/train/checkpoint';
import { freshState } from '../../src-main/train/state';
import { allCandidates } from '../../src-main/search/space';
import { makeHome, runCli, workplace } from '../support/builtCli';
import { checksums, writeModel, writePhotos, writeTruncated } from '../support/photoFiles';

// Whatever is wrong, the exit status is 2 and one sentence names the file or option and the way out.

const at = workplace();
const home = at('home');

/** Permission bits do not bind root, but not even root makes files in Linux' `/sys`. */
const isRoot = process.getuid?.() === 0;
const readOnly = isRoot ? '/sys' : at('read-only');

beforeAll(async () => {
  await makeHome(home);
  for (const name of ['empty', 'read-only', 'out']) mkdirSync(at(name));
  if (!isRoot) chmodSync(readOnly, 0o555);
  writeFileSync(at('file'), 'a file');
  await writePhotos(at('good'), 4);
  await writePhotos(at('two'), 2);
  await writePhotos(at('bad'), 2);
  writeFileSync(at('bad', 'text.jpg'), 'Dear diary');
  await writeTruncated(at('bad', 'truncated.jpg'));
  await writePhotos(at('bad', 'small'), 1, { width: 200, height: 140 });
  await writeModel(home, 'double');
});

/** The sentence that the command ends with. */
async function refusal(args: readonly string[], inHome = home): Promise<string> {
  const { code, last } = await runCli(inHome, args);
  expect(last).toMatchObject({ event: 'error', exitCode: 2 });
  expect(code).toBe(2);
  return last?.message ?? '';
}

describe('an option', () => {
  test.each([
    ['search --photos good --colour red', /^Unknown option '--colour'.*"pixel-tailor search --help"/],
    ['enlarge good', /^Unknown command 'enlarge'.*"pixel-tailor --help"/],
    ['search --photos good --scale 5', /^Expected 2, 3 or 4 for --scale but received "5"\.$/],
    [
      'search --photos good --budget quick',
      /^Expected fast, balanced, best.* for --budget but received "quick"/,
    ],
    ['search --photos good --budget -3ref', /^Expected fast.* for --budget but received "-3ref"/],
    ['search --photos good --steps 0', /^Expected a whole number from 1 for --steps/],
    ['search --photos good --name ../lisbon', /^Expected a name of at most 80.* for --name/],
    ['search', /^Expected at least one folder of photos for --photos but received nothing/],
    ['upscale good', /^Expected a folder for --out but received nothing/],
    ['upscale good --out out --format gif', /^Expected jpeg, png, webp, avif or tiff for --format/],
    ['upscale good --out out --model nobody', /no model "nobody".*the library has double/],
    ['upscale good --out out --model file', /file is not an ONNX model/],
    ['upscale good --out out --scale 17', /^Expected a number from 1\.5 to 16 for --scale but received "17"/],
    ['upscale good --out out --depth 12', /^Expected 8 or 16 for --depth but received "12"/],
    ['upscale good --out out --chroma 4:1:1', /^Expected 4:4:4 or 4:2:0 for --chroma but received "4:1:1"/],
    ['evaluate --model double --hr good --scale 3', /double upscales 2 times.*--scale 3/],
  ])('%s', async (line, says) => {
    const names = ['good', 'out', 'file'];
    const args = line.split(' ').map((word) => (names.includes(word) ? at(word) : word));
    expect(await refusal(args)).toMatch(says);
    expect(checksums(at('out'))).toEqual({});
  });

  test.each(['0.01ref', '500ref', '0.001s/photo'])('an impossible --budget %s', async (budget) => {
    const sentence = await refusal(['search', '--photos', at('good'), '--budget', budget]);
    const [, least, most] = /from ([\d.]+)ref to ([\d.]+)ref on this device/.exec(sentence) ?? [];
    expect(Number(least)).toBeGreaterThan(0.01);
    expect(Number(least)).toBeLessThan(0.5);
    expect(Number(most)).toBeGreaterThan(5);
    expect(Number(most)).toBeLessThan(500);
    expect(sentence).toMatch(/^Expected a --budget .*ms\/MP at x2\) but received/);
    expect(sentence).toContain(budget);
  });

  test('another budget under the --name of a search that was begun', async () => {
    const key = {
      photos: at('good'),
      scale: 2,
      budget: 'fast',
      'photo-mp': 12,
      seed: 1,
      steps: 30,
      'from-scratch': false,
    };
    const begun = freshState(allCandidates({ scale: 2, cells: 1, widths: [8] }), 1, { search: 9, tune: 21 });
    mkdirSync(at('home', 'searches', 'begun'), { recursive: true });
    await saveCheckpoint(at('home', 'searches', 'begun', 'checkpoint'), key, begun);
    const before = checksums(at('home'));
    const args = [
      'search',
      '--photos',
      at('good'),
      '--steps',
      '30',
      '--name',
      'begun',
      '--budget',
      'balanced',
    ];
    expect(await refusal(args)).toMatch(
      /of that --name was begun with another budget\. Use the same options to resume it, --restart .* another --name/,
    );
    expect(checksums(at('home'))).toEqual(before);
  });
});

describe('photos', () => {
  test.each([
    ['an empty folder', 'empty', /empty has no usable photo\. Choose a folder with at least 4 JPEG/],
    ['a folder with two photos', 'two', /two has only 2 usable photo\(s\)\. Choose a folder with at least 4/],
    ['a folder that is not there', 'nowhere', /nowhere cannot be found.*Check the path/],
  ])(
    '%s to learn from, told before the device is measured',
    async (_, folder, says) => {
      // In this home nothing was measured yet, which would take half a minute.
      expect(await refusal(['search', '--photos', at(folder)], at('new home'))).toMatch(says);
    },
    15_000,
  );

  test('a text file, a truncated JPEG and a photo smaller than a patch to learn from are each named', async () => {
    const sentence = await refusal(['search', '--photos', at('bad')]);
    expect(sentence).toMatch(/bad has only 2 usable photo\(s\)\. Choose a folder with at least 4/);
    expect(sentence).toContain(`${at('bad', 'text.jpg')} is not a picture of a known kind.`);
    expect(sentence).toContain(`${at('bad', 'truncated.jpg')} is damaged: its end is missing`);
    expect(sentence).toContain(
      `${at('bad', 'small', 'photo 1.png')} is 200x140 pixels; training needs 144x144.`,
    );
  });

  test('nothing to upscale or to evaluate on', async () => {
    const nothing = /empty has no JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF/;
    expect(await refusal(['upscale', at('empty'), '--out', at('out')])).toMatch(nothing);
    expect(await refusal(['evaluate', '--model', 'double', '--hr', at('empty')])).toMatch(nothing);
  });
});

describe('a place to write', () => {
  test('results cannot go to a read-only folder', async () => {
    const sentence = await refusal(['upscale', at('good'), '--out', readOnly]);
    expect(sentence).toBe(
      `${readOnly} cannot be written to. Choose another folder or change its permissions.`,
    );
  });

  test('nor into a file, nor below one', async () => {
    expect(await refusal(['upscale', at('good'), '--out', at('file')])).toBe(
      `${at('file')} is a file. Choose a folder for the results.`,
    );
    expect(await refusal(['upscale', at('good'), '--out', at('file', 'out')])).toMatch(
      /file.out cannot be made .*Choose another folder/,
    );
  });

  test('a search needs a home that can be written to', async () => {
    const args = ['search', '--photos', at('good'), '--steps', '5'];
    expect(await refusal(args, at('file', 'home'))).toMatch(/file.home.* is a file, not a folder/);
  });
});
