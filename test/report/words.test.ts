import { expect, test } from 'vitest';
import { figure, time, verdictOf } from '../../src-main/report/words';
import { fakeCard } from '../support/fakeCard';

const verdict = (parts: Parameters<typeof fakeCard>[0]): string => {
  const { headline, sentences } = verdictOf(fakeCard(parts));
  return [headline, ...sentences].join(' ').replaceAll('\u00a0', ' ').replaceAll('\u2011', '-');
};

test('the verdict says what a person wants to know', () => {
  const text = verdict({});
  expect(text).toContain('2.30 dB closer to the original than bicubic, a 12-megapixel photo in 0.24 s.');
  expect(text).toContain('41 % less error');
  expect(text).toContain(
    'allows 0.24 s for such a photo on this device; measured, the model takes 0.24 s: on budget.',
  );
});

test('what is not good is said as plainly', () => {
  expect(verdict({ psnr: { model: 31.1, bicubic: 31.2, stock: null } })).toContain('No gain over bicubic');
  expect(verdict({ msPerMP: 26 })).toContain('30 % more than allowed');
  expect(verdict({ msPerMP: 16 })).toContain('20 % less');
  expect(verdict({ psnr: { model: 33, bicubic: 31, stock: 33.1 } })).toContain('keep the stock model');
  expect(verdict({ psnr: { model: 33.2, bicubic: 31, stock: 33.1 } })).toContain('0.10 dB better');
});

test.each([
  [0, '0'],
  [0.78641, '0.786'],
  [41234, '41,234'],
  [1234567, '1,234,567'],
  [99.96, '100'],
])('%d is written %s', (value, text) => {
  expect(figure(value)).toBe(text);
});

test.each([
  [0.2341, '0.234 s'],
  [75, '75 s'],
  [150, '2.5 min'],
  [9000, '2.5 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(time(seconds)).toBe(text.replace(' ', '\u00a0'));
});
