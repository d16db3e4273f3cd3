import { IntlMessageFormat } from 'intl-messageformat';
import { expect, test } from 'vitest';
import { de } from '../../src-renderer/words/de';
import { en, type Words } from '../../src-renderer/words/en';
import { fr } from '../../src-renderer/words/fr';

type Messages = Record<string, string>;

const flat = (words: Words): Messages =>
  Object.fromEntries(
    Object.entries(words).flatMap(([section, messages]) =>
      Object.entries(messages as Messages).map(([word, message]) => [`${section}.${word}`, message]),
    ),
  );

const english = flat(en);
const languages = { en: english, de: flat(de), fr: flat(fr) };
const translations = Object.entries(languages).filter(([language]) => language !== 'en');

/** Words that several of the languages share. */
const international = new Set(
  (
    'pixel pixels photo photos tailor pause budget name zoom min minutes format original ' +
    'jpeg png webp avif tiff bits'
  ).split(' '),
);

/** The parts of messages, as `@formatjs/icu-messageformat-parser` numbers them. */
const [literal, tag] = [0, 8];
interface Part {
  type: number;
  value: string;
}

/** All parts of a message, with those inside of plurals and choices. */
function partsOf(message: string, language: string): Part[] {
  const found: Part[] = [];
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    const { type, value } = part as Partial<Part>;
    if (typeof type === 'number' && typeof value === 'string') found.push({ type, value });
    Object.values(part).forEach(walk);
  };
  walk(new IntlMessageFormat(message, language).getAst());
  return found;
}

/** The names of what is filled in; which plurals there are differs by language. */
const placeholders = (message: string, language: string): string => {
  const filled = partsOf(message, language).filter(({ type }) => type > literal);
  return [...new Set(filled.map(({ value }) => value))].sort().join();
};

function isReadable(message: string, language: string): boolean {
  try {
    const parts = partsOf(message, language);
    return message.trim() !== '' && parts.every(({ type }) => type !== tag);
  } catch {
    return false;
  }
}

/** Whether a sentence has words that are not the same in most languages. */
const isTranslatable = (message: string): boolean =>
  partsOf(message, 'en')
    .filter(({ type }) => type === literal)
    .flatMap(({ value }) => value.toLowerCase().match(/[a-z]{3,}/g) ?? [])
    .some((word) => !international.has(word));

test.each(Object.entries(languages))('every sentence of %s can be read', (language, words) => {
  expect(Object.entries(words).filter(([, message]) => !isReadable(message, language))).toEqual([]);
});

test.each(translations)('%s says the same as English, with the same placeholders', (language, words) => {
  expect(Object.keys(words).sort()).toEqual(Object.keys(english).sort());
  const isDifferent = (key: string): boolean =>
    placeholders(english[key]!, 'en') !== placeholders(words[key]!, language);
  expect(Object.keys(english).filter(isDifferent)).toEqual([]);
});

test.each(translations)('%s leaves nothing in English', (_, words) => {
  const isLeft = (key: string): boolean => words[key] === english[key] && isTranslatable(english[key]!);
  expect(Object.keys(english).filter(isLeft)).toEqual([]);
});
