/** Text that is HTML or SVG already; everything else is escaped where it enters a page. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a template; `undefined` and `false` leave nothing, lists are joined. */
export type Part = Markup | string | number | false | undefined | readonly Part[];

/** A template whose plain parts are escaped: names of files and devices come from strangers. */
export function markup(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.map((text, i) => text + (i < parts.length ? textOf(parts[i]) : '')).join(''));
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(textOf).join('');
  return typeof part === 'number' ? String(part) : escape(part);
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe as content and inside quoted attributes; what is no character of XML (a file's name may hold it) is shown as "?". */
function escape(text: string): string {
  return (
    text
      .replace(/[&<>"']/g, (character) => entities[character]!)
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
  );
}

/** A coordinate: two decimals are a hundredth of a pixel. */
export const at = (value: number): number => Math.round(value * 100) / 100;
