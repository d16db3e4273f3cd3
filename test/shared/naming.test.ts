import { expect, test } from 'vitest';
import { parseConfig } from '../../src-main/shared/config';
import { isNaming, resultName } from '../../src-main/shared/naming';

const parts = { name: 'Köln 1', scale: 2, model: 'lisbon' };

test.each([
  ['{name}', 'Köln 1'],
  ['{name}-x{scale}', 'Köln 1-x2'],
  ['{model} {name} {name}', 'lisbon Köln 1 Köln 1'],
  ['wedding', 'wedding'],
])('%j names a result', (pattern, name) => {
  expect(isNaming(pattern)).toBe(true);
  expect(resultName(pattern, parts)).toBe(name);
});

test('braces in a name are its own; a factor is short; a model cannot name a folder', () => {
  expect(resultName('{name}', { ...parts, name: '{scale}' })).toBe('{scale}');
  expect(resultName('{scale}', { ...parts, scale: 4 / 3 })).toBe('1.33');
  expect(resultName('{model}', { ...parts, model: '../up' })).toBe('.._up');
});

test.each([
  '',
  '  ',
  'a/b',
  'a\\b',
  '{name}\n',
  '{nam}',
  '{}',
  '{name}-{date}',
  'a:b',
  'what?',
  'CON',
  'nul.x',
])('%j does not', (pattern) => {
  expect(() => parseConfig('upscale', { inputs: ['a.jpg'], out: 'b', naming: pattern })).toThrow(
    'Expected a file name without extension, in which only {name}, {scale} and {model} are filled in, for --naming but',
  );
});
