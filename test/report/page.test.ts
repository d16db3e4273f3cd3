import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { reportPage, writeReport } from '../../src-main/report/page';
import type { Report } from '../../src-main/shared/report';
import { temporaryFolder } from '../image/samples';
import { closeBrowser, launchBrowser } from '../support/browserApp';
import { fakeCard } from '../support/fakeCard';
import { fakeRecord, fakeReport, fakeSample } from './fakeReport';

// What the demo writes, opened from disk in a real browser. `npm run build` has made its script and style sheet.

const root = temporaryFolder();
const shots = resolve(import.meta.dirname, '..', '..', 'reports', 'screens');
const everything = fakeReport();

let context: BrowserContext;
let page: Page;
/** What the page complained of, and what it asked for beside itself. */
const complaints: string[] = [];
const requests: string[] = [];

beforeAll(async () => {
  context = await (
    await launchBrowser()
  ).newContext({ viewport: { width: 1280, height: 900 }, locale: 'en' });
  page = await context.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('request', (request) => requests.push(request.url()));
});
afterAll(closeBrowser);

/** Writes a report and opens it; complaints and requests are of it alone. */
async function open(report: Report): Promise<void> {
  const path = await writeReport(join(root, 'report'), report);
  complaints.length = requests.length = 0;
  await page.goto(pathToFileURL(path).href);
  await page.locator('footer').waitFor();
}

test('the page has every section, all curves, the network and the pictures', async () => {
  await open(everything);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('2.30 dB sharper');
  expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
    'Before and after',
    'Against the original',
    'How the search went',
    'The network that was found',
    'Facts',
  ]);
  const curves = page.locator('figure', { has: page.locator('canvas') });
  expect(await curves.getByRole('heading').allTextContents()).toEqual([
    'Quality',
    'Time a photo',
    'Training loss',
    'Still in play',
    'Sharpness of the choices',
    'Price of time',
    'Size of the search',
    'Time of a step',
  ]);
  // A curve is drawn where a canvas has paint of more than one colour.
  const painted = await page.locator('canvas').evaluateAll((all) =>
    (all as unknown as Canvas[]).map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    }),
  );
  expect(painted).toHaveLength(8);
  expect(Math.min(...painted)).toBeGreaterThan(5);
  expect(await page.locator('svg rect.bar').count()).toBe(6);
  expect(await page.locator('pre').textContent()).toBe('x2 c24 f1 | edge3 16 conv3 | id 24 sep5 | ir 32 id');
  const text = await page.locator('main').innerText();
  for (const fact of [
    '41,000',
    '9,500',
    '0.80 × reference',
    'torn.jpg: it is cut off',
    '1 photo was left out',
  ])
    expect((await page.locator('main').textContent())!).toContain(fact);
  expect(text).not.toMatch(/NaN|undefined|Infinity|\bnull\b/);
});

interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  };
}

test('every picture is there and has a text; the line between two can be dragged and moved by keys', async () => {
  const pictures = await page.locator('img').all();
  expect(pictures).toHaveLength(5);
  for (const picture of pictures) {
    expect(await picture.getAttribute('alt')).toMatch(/Red panda|Osprey/);
    expect(
      await picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
    ).toBe(24);
  }
  const slider = page.getByRole('slider', { name: /Osprey/ });
  await slider.focus();
  await page.keyboard.press('End');
  expect(await slider.inputValue()).toBe('100');
});

test('the page needs nothing from elsewhere and has nothing to complain of', () => {
  expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([page.url()]);
  expect(complaints).toEqual([]);
});

test.each(['light', 'dark'] as const)('axe finds nothing serious, and it is pictured: %s', async (theme) => {
  await page.emulateMedia({ colorScheme: theme });
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `report-${theme}.png`), fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
});

test('what strangers named is text, never markup', async () => {
  const evil = `</script><img src=x onerror="alert('&')"><!--`;
  const card = fakeCard({
    ...everything.card,
    name: evil,
    device: { id: 'cpu', name: evil, provider: 'cpu' },
  });
  const photos = { ...fakeRecord().photos, leftOut: [{ path: evil, reason: 'it is cut off' }] };
  await open(fakeReport({ card, photos }, [fakeSample(evil, true), fakeSample(evil, false)]));
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(await page.locator('main').textContent()).toContain(`${evil}: it is cut off`);
  expect(complaints).toEqual([]);
});

test('a run without a search, or without anything, still gives a page', async () => {
  const { history } = fakeRecord();
  const pages: Parameters<typeof fakeReport>[] = [
    [{ history: history.filter(({ stage }) => stage === 'tune') }],
    [{ history: [] }, []],
    [{ history: history.slice(0, 1) }],
    // JSON has no NaN: it comes back as null.
    [{ history: history.map((point) => ({ ...point, psnr: null as unknown as number })) }],
  ];
  for (const parts of pages) {
    await open(fakeReport(...parts));
    expect(complaints).toEqual([]);
    expect(await page.locator('main').innerText()).not.toMatch(/NaN|undefined|Infinity|\bnull\b/);
  }
});

test('a page opens where the system has no language', async () => {
  const content = `Object.defineProperty(navigator, 'language', { value: 'en-US@posix', configurable: true })`;
  await page.addInitScript({ content });
  await open(everything);
  expect(complaints).toEqual([]);
});

test('a report replaces an older one and leaves nothing else behind', async () => {
  const folder = join(root, 'new', 'folder');
  const path = await writeReport(folder, fakeReport({}, []));
  expect(await writeReport(folder, everything)).toBe(path);
  expect(readFileSync(path, 'utf8')).toBe(reportPage(everything));
  expect(readdirSync(folder)).toEqual(['index.html']);
});

test('a folder that cannot be written is named', async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(writeReport(join(root, 'file'), everything)).rejects.toThrow(UserError);
  if (process.getuid?.() === 0) return;
  mkdirSync(join(root, 'locked'));
  chmodSync(join(root, 'locked'), 0o500);
  await expect(writeReport(join(root, 'locked'), everything)).rejects.toThrow(/locked cannot be written/);
});
