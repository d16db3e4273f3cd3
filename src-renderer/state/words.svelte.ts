import { IntlMessageFormat } from 'intl-messageformat';
import { languages, type Language } from '../../src-main/shared/things';
import { de } from '../words/de';
import { en, type Words } from '../words/en';
import { fr } from '../words/fr';
import { app } from './app.svelte';

const dictionaries: Record<Language, Words> = { en, de, fr };

/** "section.key" of every sentence there is. */
export type WordKey = {
  [Section in keyof Words]: `${Section}.${keyof Words[Section] & string}`;
}[keyof Words];

/** The language of the screens: as chosen, else the first of the system's that there is. */
export function language(): Language {
  if (app.settings.language !== '') return app.settings.language;
  const wished = navigator.languages.map((tag) => tag.slice(0, 2));
  return wished.flatMap((tag) => languages.find((known) => known === tag) ?? [])[0] ?? 'en';
}

const formats = new Map<string, IntlMessageFormat>();

/** A sentence in the user's language, its {placeholders} filled in; numbers and plurals as that language has them. */
export function t(key: WordKey, values: Record<string, string | number> = {}): string {
  const lang = language();
  const id = `${lang} ${key}`;
  let format = formats.get(id);
  if (!format) {
    const [section, word] = key.split('.') as [keyof Words, string];
    const dictionary: Record<string, Record<string, string>> = dictionaries[lang];
    format = new IntlMessageFormat(dictionary[section]?.[word] ?? key, lang);
    formats.set(id, format);
  }
  return String(format.format(values));
}

const numberFormats = new Map<string, Intl.NumberFormat>();

/** Making a format takes far longer than using one. */
function inNumbers(value: number, options: Intl.NumberFormatOptions): string {
  const id = `${language()} ${JSON.stringify(options)}`;
  const format = numberFormats.get(id) ?? new Intl.NumberFormat(language(), options);
  numberFormats.set(id, format);
  return format.format(value);
}

/** 1234.5 as the language writes it. */
export function number(value: number, digits = 0): string {
  return inNumbers(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** +1.2 or -1.2. */
export function signed(value: number, digits: number): string {
  return inNumbers(value, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: 'exceptZero',
  });
}

/** An ISO date as people write it: "5 March 2026". */
export function date(iso: string): string {
  return new Date(iso).toLocaleDateString(language(), { dateStyle: 'long' });
}

function unit(value: number, name: string, digits = 0): string {
  return inNumbers(value, {
    style: 'unit',
    unit: name,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  });
}

/** "0.24 sec", "12 sec", "3 min 20 sec", "2 hr 5 min": as exact as is of use. */
export function duration(seconds: number): string {
  if (seconds < 10) return unit(seconds, 'second', seconds < 1 ? 2 : seconds < 3 ? 1 : 0);
  if (seconds < 90) return unit(Math.round(seconds), 'second');
  const minutes = Math.round(seconds / 60);
  const whole = Math.round(seconds);
  if (whole < 600) return [unit(Math.floor(whole / 60), 'minute'), unit(whole % 60, 'second')].join(' ');
  if (minutes < 90) return unit(minutes, 'minute');
  return [unit(Math.floor(minutes / 60), 'hour'), unit(minutes % 60, 'minute')].join(' ');
}

/** "14:32": a time of today or, beyond midnight, of tomorrow, as the system writes times. */
export function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}

/** Bytes in the unit that people expect. */
export function fileSize(bytes: number): string {
  const steps = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const step = bytes < 1 ? 0 : Math.min(steps.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return unit(value, steps[step]!, value < 10 && step > 0 ? 1 : 0);
}
