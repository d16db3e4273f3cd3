import { expect, test } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { configSchemas, isModelName, parseConfig, type JobName } from '../../src-main/shared/config';

const needed: Record<JobName, object> = {
  search: { photos: ['a'] },
  train: { model: 'starter', photos: ['a'] },
  upscale: { inputs: ['a.jpg'], out: 'b' },
  evaluate: { models: ['bicubic'], hr: ['a'] },
  bench: {},
  profile: {},
  devices: {},
  models: {},
  demo: {},
};
const jobs = Object.keys(configSchemas) as JobName[];

test.each(jobs)('%s: what was parsed can be sent as JSON and parsed again', (job) => {
  const config = parseConfig(job, needed[job]);
  expect(parseConfig(job, JSON.parse(JSON.stringify(config)))).toEqual(config);
});

test.each(jobs)('%s: every field says what it expects', (job) => {
  for (const field of Object.keys(configSchemas[job].shape)) {
    const broken = { ...needed[job], [field]: { not: 'a value' } };
    const error = (() => {
      try {
        return parseConfig(job, broken);
      } catch (reason) {
        return reason;
      }
    })();
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(
      /^Expected (?!the options of this version).* for .* but received/,
    );
  }
});

test('text from the command line becomes numbers, and only where it is one', () => {
  expect(parseConfig('search', { photos: ['a'], scale: '3', minutes: '0.5' })).toMatchObject({
    scale: 3,
    minutes: 0.5,
  });
  expect(() => parseConfig('search', { photos: ['a'], minutes: '' })).toThrow('Expected minutes above 0');
  expect(() => parseConfig('search', { photos: ['a'], minutes: 'ten' })).toThrow('but received "ten"');
  expect(() => parseConfig('search', { photos: ['a'], steps: '2.5' })).toThrow(
    'a whole number from 1 for --steps',
  );
  expect(() => parseConfig('search', { photos: [] })).toThrow('for --photos but received nothing');
});

test('the words of the error are those of the command line', () => {
  expect(() => parseConfig('search', { photos: ['a'], photoMp: '-1' })).toThrow(
    'for --photo-mp but received "-1"',
  );
  expect(() => parseConfig('upscale', { out: 'b' })).toThrow('for INPUT but received nothing');
});

test('photos may come with their place, which never leads out of the folder; what does not fit is shown alone', () => {
  const inputs = ['a.jpg', { path: '/b.jpg', relative: 'sub/..b.jpg' }];
  expect(parseConfig('upscale', { inputs, out: 'b' }).inputs).toEqual(inputs);
  const outside = { path: 'b.jpg', relative: 'sub/../../b.jpg' };
  expect(() => parseConfig('upscale', { inputs: [...inputs, outside], out: 'b' })).toThrow(
    `at least one photo or folder for INPUT but received ${JSON.stringify(outside)}.`,
  );
});

test.each(['lisbon', 'Ausflug nach Köln 2', '東京', 'a.b_c-d', 'x'.repeat(80)])(
  '%s can name a model',
  (name) => {
    expect(isModelName(name)).toBe(true);
  },
);

test.each([
  '',
  '.',
  '..',
  'a/b',
  'a\\b',
  ' a',
  'a ',
  'a.',
  'NUL',
  'con.x',
  'bicubic',
  'a.onnx',
  'a\n',
  'x'.repeat(81),
])('%j cannot name a model', (name) => {
  expect(isModelName(name)).toBe(false);
});
