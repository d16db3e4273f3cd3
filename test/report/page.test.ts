import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { reportPage, writeReport } from '../../src-main/report/page';
import type { HistoryPoint } from '../../src-main/train/state';
import { temporaryFolder } from '../image/samples';
import { fakeCard } from '../support/fakeCard';
import { fakeReport, fakeSample } from './fakeReport';

const page = reportPage(fakeReport());

/** Elements that have no end. */
const empty = new Set(['meta', 'img', 'input']);

/** The page's tags, each closed where it must be; throws at the first "<" that begins no tag, or a tag left open. */
function tagsOf(html: string): { name: string; attributes: Record<string, string> }[] {
  const open: string[] = [];
  const tags: ReturnType<typeof tagsOf> = [];
  const body = html.replace('<!doctype html>', '').replace(/(<(style|script)>)[^<]*(<\/\2>)/g, '$1$3');
  const tag = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>/y;
  for (let at = body.indexOf('<'); at >= 0; at = body.indexOf('<', tag.lastIndex)) {
    tag.lastIndex = at;
    const found = tag.exec(body);
    if (!found) throw new Error(`No tag: ${body.slice(at, at + 80)}`);
    const [, closing, name, text, alone] = found;
    if (closing) {
      if (open.pop() !== name)
        throw new Error(`${name} is closed out of turn: ${body.slice(at - 80, at + 20)}`);
      continue;
    }
    const attributes = Object.fromEntries(
      [...text!.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    ) as Record<string, string>;
    tags.push({ name: name!, attributes });
    if (!alone && !empty.has(name!)) open.push(name!);
  }
  if (open.length > 0) throw new Error(`Left open: ${open.join(' ')}`);
  return tags;
}

test('the page has every section, all curves and the network', () => {
  for (const title of [
    'Before and after',
    'Against the original',
    'How the search went',
    'The network that was found',
  ])
    expect(page).toContain(`<h2>${title}</h2>`);
  const curves = tagsOf(page).filter(({ attributes }) => attributes['class'] === 'plot');
  expect(curves.map(({ attributes }) => attributes['aria-label']!.split(' in ')[0])).toEqual([
    'Held-out quality',
    'Training loss',
    'Expected time against the budget',
    'Price of time',
    'Sharpness of the choices',
    'Sparsity of the three levels',
    'Size of the search',
    'Time of a step',
  ]);
  expect(page).toContain('>bicubic 30.5<');
  expect(reportPage(fakeReport({ bicubicOnCrops: undefined }))).not.toContain('>bicubic 30.5<');
  expect(page).toContain('<pre class="genotype">x2 c24 f1 | edge3 16 conv3 | id 24 sep5 | ir 32 id</pre>');
  for (const fact of [
    '41,000',
    '9,500 a pixel',
    '0.8 × reference',
    '2.30 dB',
    '1,000',
    'torn.jpg: it is cut off',
  ])
    expect(page.replaceAll('\u00a0', ' ')).toContain(fact);
});

test('every picture has a text, every tag is closed, every number is one', () => {
  const tags = tagsOf(page);
  const pictures = tags.filter(({ name }) => name === 'img');
  expect(pictures).toHaveLength(5);
  for (const { attributes } of [...pictures, ...tags.filter(({ name }) => name === 'input')])
    expect(attributes['alt'] ?? attributes['aria-label']).toMatch(/Red panda|Osprey/);
  expect(page).not.toMatch(/NaN|undefined|Infinity|\bnull\b/);
});

test('the page needs nothing from elsewhere and runs nothing but its own script', () => {
  expect(page).not.toMatch(/https?:|\/\/|@import|url\((?!#)|<link|<iframe/);
  const sources = tagsOf(page).flatMap(({ attributes }) => attributes['src'] ?? []);
  expect(sources.every((source) => source.startsWith('data:image/png;base64,'))).toBe(true);
  const [, script] = /<script>(.*?)<\/script>/s.exec(page)!;
  expect(page).toContain(`sha256-${createHash('sha256').update(script!).digest('base64')}`);
});

test('what strangers named is text, never markup', () => {
  const evil = `<img src=x onerror="alert('&')">`;
  const html = reportPage(
    fakeReport({
      card: fakeCard({
        name: evil,
        budget: { text: evil, ratio: 0.8 },
        device: { id: 'cpu', name: evil, provider: 'cpu' },
      }),
      photos: {
        train: 1,
        heldOut: 1,
        reduced: 0,
        leftOut: [{ path: `${evil}.jpg`, reason: 'it is cut off' }],
      },
      samples: [fakeSample(evil, true), fakeSample(evil, false)],
    }),
  );
  expect(html).not.toContain('<img src=x');
  expect(html).toContain('&lt;img src=x onerror=&quot;alert(&#39;&amp;&#39;)&quot;&gt;.jpg: it is cut off');
  expect(tagsOf(html).length).toBe(tagsOf(page).length);
});

test('the same data give the same page', () => {
  expect(reportPage(fakeReport())).toBe(page);
});

test('a run without a search, or without anything, still gives a page', () => {
  const tuned = fakeReport().history.filter(({ stage }) => stage === 'tune');
  expect(tagsOf(reportPage(fakeReport({ history: tuned }))).length).toBeLessThan(tagsOf(page).length);
  expect(reportPage(fakeReport({ history: [], samples: [] }))).not.toContain('How the search went');
  // JSON has no NaN: it comes back as null.
  const broken = fakeReport().history.map((point) => ({ ...point, psnr: null as unknown as number }));
  expect(reportPage(fakeReport({ history: broken satisfies HistoryPoint[] }))).not.toMatch(/NaN|Infinity/);
  expect(reportPage(fakeReport({ history: fakeReport().history.slice(0, 1) }))).not.toMatch(/NaN|Infinity/);
});

const root = temporaryFolder();

test('a report replaces an older one and leaves nothing else behind', async () => {
  const folder = join(root, 'new', 'folder');
  const path = await writeReport(folder, fakeReport({ samples: [] }));
  expect(await writeReport(folder, fakeReport())).toBe(path);
  expect(readFileSync(path, 'utf8')).toBe(page);
  expect(readdirSync(folder)).toEqual(['index.html']);
});

test('a folder that cannot be written is named', async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(writeReport(join(root, 'file'), fakeReport())).rejects.toThrow(UserError);
  if (process.getuid?.() === 0) return;
  mkdirSync(join(root, 'locked'));
  chmodSync(join(root, 'locked'), 0o500);
  await expect(writeReport(join(root, 'locked'), fakeReport())).rejects.toThrow(/locked cannot be written/);
});
