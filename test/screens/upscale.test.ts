import AxeBuilder from '@axe-core/playwright';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { UserError } from '../../src-main/base/errors';
import {
  closeBrowser,
  launchBrowser,
  openApp,
  type BrowserApp,
  type OpenOptions,
} from '../support/browserApp';
import { writeJpeg, writeModel, writePhotos } from '../support/photoFiles';

// The upscale screen in a real browser, with the real host and engine.

const shots = resolve(import.meta.dirname, '..', '..', 'reports', 'screens');
const made = mkdtempSync(join(tmpdir(), 'pixel-tailor-upscale-'));
const home = join(made, 'home');
const root = join(made, 'pictures');

const patience = { timeout: 20_000 };

let app: BrowserApp;

beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  await writePhotos(join(root, 'holiday', 'day one'), 3, { width: 320, height: 240 });
  writeFileSync(join(root, 'holiday', 'broken.jpg'), 'no photo');
  await writePhotos(join(root, 'large'), 4, { width: 1000, height: 800 });
  await writeModel(home, 'quick', { width: 4 });
  await writeModel(home, 'slow', { width: 32, cells: 4 });
});

afterEach(() => app.close());

afterAll(async () => {
  await closeBrowser();
  rmSync(made, { recursive: true, force: true });
});

async function open(options: OpenOptions = {}): Promise<Page> {
  app = await openApp({ home, root, ...options });
  await app.page.getByRole('heading', { name: 'Drop photos or folders here' }).waitFor();
  return app.page;
}

/** Picks a folder below the root by the keyboard alone. */
async function addFolder(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+Shift+o');
  await page.getByRole('option', { name }).waitFor();
  await page.keyboard.press(name[0]!);
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: `Choose ${name}` }).press('Enter');
  await page.getByRole('grid').waitFor();
}

const rowsIn = (page: Page) => page.getByRole('row').count();
const summary = (page: Page) => page.getByText(/\d+ photos? of \d+ done/);

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(bad.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
}

test.each(['light', 'dark'] as const)(
  'a folder with a bad photo in it, looked at before and after, by keyboard alone (%s)',
  async (colorScheme) => {
    const page = await open({ context: { colorScheme } });
    const look = async (state: string): Promise<void> => {
      await page.screenshot({ path: join(shots, `upscale-${state}-${colorScheme}.png`) });
      await expectAccessible(page);
    };
    await look('empty');
    await addFolder(page, 'holiday');
    await page.getByText('320 × 240 → 640 × 480').first().waitFor();
    expect(await rowsIn(page)).toBe(4);
    await page.getByRole('radio', { name: /quick/ }).check();
    await look('list');

    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.part:not(.coming)').count(), patience).toBeGreaterThan(3);
    await look('preview');
    for (let i = 0; i < 6; i++) await page.keyboard.press('+');
    await page.getByRole('button', { name: '800 %' }).waitFor();
    await page.keyboard.press('Escape');

    await page.keyboard.press('Control+Enter');
    await summary(page).waitFor();
    await page.getByText('3 photos of 4 done. 1 failed.').waitFor();
    await look('done');
    expect(readdirSync(join(app.results, 'day one')).sort()).toEqual([
      'photo 1.png',
      'photo 2.png',
      'photo 3.png',
    ]);
    await page.getByRole('button', { name: 'Compare' }).press('Enter');
    await page.getByRole('dialog').getByText('Result').first().waitFor();
    await look('result');
    await page.keyboard.press('Escape');

    await page.reload();
    await page.getByText('3 photos of 4 done. 1 failed.').waitFor();
    expect(await rowsIn(page)).toBe(4);
    await page.getByText('Failed (1)').first().click();
    await expect.poll(() => rowsIn(page), patience).toBe(1);
  },
);

test('10,000 photos: few rows in the page, no long task from end to end, all sizes read in the end', async () => {
  const many = join(root, 'many');
  await writeJpeg(join(root, 'small.jpg'), { width: 48, height: 32 });
  mkdirSync(many);
  for (let i = 0; i < 10_000; i++) linkSync(join(root, 'small.jpg'), join(many, `${i}.jpg`));
  const page = await open();
  const browser = await launchBrowser();
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline'] });
  await addFolder(page, 'many');
  await page.getByText('10,000 photos', { exact: true }).waitFor();
  const most = await page.evaluate<number>(scrollThrough);
  expect(most).toBeLessThanOrEqual(200);
  await page.getByRole('row', { name: '9999.jpg' }).getByText('48 × 32 → 96 × 64').waitFor();
  await page.screenshot({ path: join(shots, 'upscale-many-light.png') });
  await page.getByText(/^About .* for 10,000 photos$/).waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText(/^[1-9]\d* of 10,000 photos/).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('You stopped this batch.').waitFor();
  expect(longestTask(await browser.stopTracing())).toBeLessThan(100);
});

const sizes = (page: Page) => page.locator('.sizes').allInnerTexts();
const size = { width: 48, height: 32, format: 'png' };

test('an engine that dies of one photo says nothing of the others', async () => {
  const page = await open();
  const dying = ({ photos }: { photos: string[] }) => {
    if (photos.some((token) => app.host.tokens.path(token).endsWith('photo 2.png')))
      throw new UserError('The engine was killed. Try again.');
    return photos.map(() => size);
  };
  Object.assign(app.host.api, { lookAt: dying });
  await addFolder(page, 'large');
  await page.getByText('The engine was killed.').waitFor();
  await expect.poll(() => sizes(page), patience).toEqual(new Array(3).fill('48 × 32 → 96 × 64'));
});

test('files that the system hands over while the page opens are all taken', async () => {
  const page = await open();
  const { hello } = app.host.api;
  let answer = (): void => undefined;
  const gate = new Promise<void>((resolve) => (answer = resolve));
  Object.assign(app.host.api, { hello: () => gate.then(() => hello({})) });
  await page.reload();
  await page.waitForTimeout(500);
  for (const name of ['photo 1.png', 'photo 2.png']) app.host.hand([join(root, 'large', name)]);
  answer();
  await expect.poll(() => rowsIn(page), patience).toBe(2);
});

test('upscaled once more at another size, a photo has that size and its new picture', async () => {
  const page = await open();
  await addFolder(page, 'holiday');
  await page.getByRole('radio', { name: /quick/ }).check();
  await page.keyboard.press('Control+Enter');
  await page.getByText('3 photos of 4 done. 1 failed.').waitFor();
  await page.waitForTimeout(500);
  await page.getByText('Other', { exact: true }).click();
  await page.getByLabel('How many times as wide').fill('3');
  await page.getByLabel('Replace results').check();
  await page.getByRole('button', { name: 'Upscale all again' }).dblclick();
  await page.getByText('3 photos of 4 done. 1 failed.').waitFor();
  await page.waitForTimeout(500);
  expect(await sizes(page)).toEqual(new Array(3).fill('320 × 240 → 960 × 720'));
  const { jobs } = await app.host.api.hello({});
  expect(jobs).toHaveLength(2);
  const pictures: string[] = [];
  page.on('request', (request) => pictures.push(request.url()));
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect.poll(() => pictures.filter((url) => url.includes(jobs[0]!.id)), patience).not.toEqual([]);
});

test('nothing starts with a name or a size that cannot be', async () => {
  const page = await open();
  await addFolder(page, 'large');
  const run = page.getByRole('button', { name: /^Upscale 4 photos$/ });
  await page.getByLabel('Name of the results').fill('a/b');
  await page.getByText('Use text, {name}').first().waitFor();
  expect(await run.isDisabled()).toBe(true);
  await page.screenshot({ path: join(shots, 'upscale-wrong-name-light.png') });
  await page.keyboard.press('Control+Enter');
  await page.locator('.toasts').getByText('Use text, {name}').waitFor();
  await page.getByLabel('Name of the results').fill('{name} big');
  await page.getByText('Other', { exact: true }).click();
  await page.getByLabel('How many times as wide').pressSequentially('0');
  await page.getByText('Give a number from 1.5 to 16.').first().waitFor();
  expect(await run.isDisabled()).toBe(true);
  await page.screenshot({ path: join(shots, 'upscale-wrong-size-light.png') });
  await expectAccessible(page);
  await page.getByText('2 times', { exact: true }).click();
  expect(await run.isDisabled()).toBe(false);
  expect((await app.host.api.hello({})).jobs).toEqual([]);
  await app.host.api.saveSettings({ naming: '{name}' });
});

test('choices that the format does not have are not asked for', async () => {
  const page = await open();
  const asked: object[] = [];
  const upscale = (request: object) => {
    asked.push(request);
    return { id: 'none' };
  };
  Object.assign(app.host.api, { upscale });
  await addFolder(page, 'large');
  await page.getByLabel('Colour detail').selectOption('4:2:0');
  await page.getByLabel('Bits per channel').selectOption('16');
  for (const [format, extension] of Object.entries({ jpeg: 'jpg', png: 'png', webp: 'webp', same: 'png' })) {
    await page.getByLabel('Format').selectOption(format);
    await page.getByText(`For example photo 1.${extension}`).waitFor();
    const before = asked.length;
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => asked.length).toBe(before + 1);
  }
  const [jpeg, png, webp, same] = asked;
  expect(jpeg).toMatchObject({ format: 'jpeg', chroma: '4:2:0' });
  expect(png).toMatchObject({ format: 'png', depth: 16 });
  expect(same).toMatchObject({ chroma: '4:2:0', depth: 16 });
  for (const one of [jpeg, webp]) expect(one).not.toHaveProperty('depth');
  for (const one of [png, webp]) expect(one).not.toHaveProperty('chroma');
  await app.host.api.saveSettings({ format: 'same', chroma: '4:4:4', depth: 'same' });
});

test('a model that is worse than plain enlarging is said to be', async () => {
  const page = await open();
  const { models } = app.host.api;
  Object.assign(app.host.api, {
    models: async () => {
      const library = await models({});
      const worse = { model: 29.8, bicubic: 31, stock: null };
      for (const { card } of library.models) card.psnr = worse;
      return library;
    },
  });
  app.host.tell({ event: 'models' });
  await addFolder(page, 'large');
  await page.getByText('1.2 dB less sharp than plain enlarging.').waitFor();
  await page
    .getByText(/^-1.2 dB/)
    .first()
    .waitFor();
  await page.screenshot({ path: join(shots, 'upscale-worse-light.png') });
});

test('two models compared by mouse: divider, wheel, drag, lens, side by side', async () => {
  const page = await open();
  await addFolder(page, 'large');
  await page.getByText('photo 1.png').first().dblclick();
  await page.getByLabel('Left').selectOption('slow');
  await page.getByLabel('Right').selectOption('quick');
  const stage = page.getByRole('application');
  const box = (await stage.boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 0.25 * box.width, y, { steps: 3 });
  await page.mouse.up();
  expect(Number(await page.getByLabel('Divider between the two pictures').inputValue())).toBeCloseTo(25, 0);
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, -1000);
  await expect.poll(() => page.locator('.part.squares:not(.coming)').count(), patience).toBe(2);
  const picture = page.locator('.part').first();
  const before = (await picture.boundingBox())!;
  await page.mouse.down();
  await page.mouse.move(x + 60, y + 40, { steps: 3 });
  await page.mouse.up();
  const after = (await picture.boundingBox())!;
  expect([after.x - before.x, after.y - before.y]).toEqual([60, 40]);
  for (const mode of ['Lens', 'Side by side']) {
    await page.getByText(mode, { exact: true }).click();
    await page.screenshot({
      path: join(shots, `upscale-${mode.toLowerCase().replaceAll(' ', '-')}-light.png`),
    });
  }
});

test('pause, go on, the engine dies, reload, cancel; then the rest is done', async () => {
  const page = await open();
  await addFolder(page, 'large');
  await page.getByRole('radio', { name: /slow/ }).check();
  await page.keyboard.press('Control+Enter');
  await page.getByText('Working').waitFor();
  await page.screenshot({ path: join(shots, 'upscale-running-light.png') });
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused', { exact: true }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('Working').waitFor();
  app.engines.at(-1)?.kill();
  await page.getByText(/^The engine .* starting it again/).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('You stopped this batch.').waitFor();
  await page.getByRole('radio', { name: /quick/ }).check();
  await page.getByRole('button', { name: /^Upscale \d photos?$/ }).click();
  await page.getByText(/(\d) photos? of \1 done\.$/).waitFor();
  expect(readdirSync(app.results)).toHaveLength(4);
});

test('a batch that was not finished when the app ended is offered at the next start, and goes on', async () => {
  let page = await open();
  await addFolder(page, 'large');
  await page.getByRole('radio', { name: /slow/ }).check();
  await page.keyboard.press('Control+Enter');
  await page.getByText('Working').waitFor();
  await app.close();
  app = await openApp({ home, root });
  page = app.page;
  await page.getByText('The app ended before this batch did.').waitFor();
  expect(await rowsIn(page)).toBe(4);
  await page.screenshot({ path: join(shots, 'upscale-offered-light.png') });
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('Working').waitFor();
  expect(await page.getByText('The app ended before this batch did.').count()).toBe(0);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('You stopped this batch.').waitFor();
});

test('what is dropped is copied and listed; without a model the way to one is shown', async () => {
  const page = await open({ home: join(made, 'bare') });
  // As where no model ships.
  Object.assign(app.host.api, { models: () => ({ models: [], unreadable: [], searches: [] }) });
  app.host.tell({ event: 'models' });
  const dataTransfer = await page.evaluateHandle(drawnPicture);
  await page.locator('.screen').dispatchEvent('drop', { dataTransfer });
  await page.getByText('dropped.png', { exact: true }).waitFor();
  await page.getByText('There is no model for 2× yet').first().waitFor();
  await page.screenshot({ path: join(shots, 'upscale-no-model-light.png') });
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Tailor a model' }).click();
  await page.waitForURL('**/#tailor');
});

const traceSchema = z.object({
  traceEvents: z.array(
    z.looseObject({
      ...{ name: z.string(), pid: z.number(), tid: z.number(), tdur: z.number().optional() },
      args: z.looseObject({ name: z.string().optional() }).optional(),
    }),
  ),
});

/** Of the page's main thread, in milliseconds of the processor: the machine may be busy with something else. */
function longestTask(trace: Buffer): number {
  const { traceEvents } = traceSchema.parse(JSON.parse(trace.toString()));
  const thread = ({ pid, tid }: { pid: number; tid: number }): string => `${pid} ${tid}`;
  const named = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const mains = new Set(named.map(thread));
  const tasks = traceEvents.filter((event) => event.name.endsWith('RunTask') && mains.has(thread(event)));
  expect(tasks.length).toBeGreaterThan(100);
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur / 1000));
}

/** Runs in the page: how many rows there are at most. */
const scrollThrough = `(async () => {
  const grid = document.querySelector('[role=grid]');
  let rows = 0;
  for (let top = 0; top < grid.scrollHeight + 4000; top += 4000) {
    grid.scrollTop = top;
    await new Promise(requestAnimationFrame);
    rows = Math.max(rows, document.querySelectorAll('[role=row]').length);
  }
  return rows;
})()`;

/** Runs in the page: a drag with one picture. */
const drawnPicture = `(async () => {
  const canvas = new OffscreenCanvas(64, 48);
  canvas.getContext('2d').fillRect(8, 8, 20, 20);
  const transfer = new DataTransfer();
  transfer.items.add(new File([await canvas.convertToBlob()], 'dropped.png', { type: 'image/png' }));
  return transfer;
})()`;
