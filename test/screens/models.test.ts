import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeBrowser, openApp, type BrowserApp } from '../support/browserApp';
import { look } from '../support/look';
import { furnish } from '../support/modelShelf';
import { foreignModel, nearest } from '../support/tinyModels';

let home: string;
let app: BrowserApp;
let page: Page;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'models-screen-'));
  app = await openApp({ home: join(home, 'home'), root: home });
  ({ page } = app);
  await page.getByRole('link', { name: 'Models' }).click();
});
afterAll(async () => {
  await app.close();
  await closeBrowser();
  await rm(home, { recursive: true });
});

const model = (name: string) => page.getByRole('article', { name, exact: true });
/** Without the models that ship with the program. */
const names = async () => {
  const all = await page.getByRole('article').getByRole('heading', { level: 3 }).allInnerTexts();
  return all.filter((name) => !name.startsWith('stock '));
};
const button = (name: string) => page.getByRole('button', { name });
const says = (text: string | RegExp) => page.getByText(text).first().waitFor();

test('without models the way leads to the Tailor screen', async () => {
  await says('No model of your own yet');
  await model('stock x4 best')
    .getByText(/dB above stock x4 balanced$/)
    .waitFor();
  await look(page, 'models-empty');
  await page.getByRole('link', { name: 'Tailor a model' }).click();
  await page.getByRole('heading', { name: 'Tailor' }).waitFor();
});

test('models tell their speed, quality, budget and size; damaged files their reason', async () => {
  await furnish(join(home, 'home'));
  app.host.tell({ event: 'models' });
  await page.keyboard.press('Control+3');
  await model('Lisbon').waitFor();
  expect(await names()).toEqual(['night market', 'Lisbon', 'somebodys-net']);
  const told = await model('Lisbon').innerText();
  for (const figure of [
    /12-megapixel photo in 0\.24? sec/,
    /41% less error/,
    /0\.12 dB above the stock/,
    /Kept/,
  ])
    expect(told).toMatch(figure);
  for (const figure of [/27% slower than that/, /This is stock x4 balanced: what was learned/])
    expect(await model('night market').innerText()).toMatch(figure);
  expect(await model('somebodys-net').innerText()).toMatch(/Imported/);
  await says('damaged.onnx');
  await look(page, 'models-shelf');
});

test('models are sorted and filtered', async () => {
  await page.getByLabel('Sort by').selectOption({ label: 'Best quality' });
  expect(await names()).toEqual(['somebodys-net', 'Lisbon', 'night market']);
  await page.getByText('4×', { exact: true }).first().click();
  expect(await names()).toEqual(['night market']);
  await page.getByText('All', { exact: true }).click();
});

test('an opened model shows its network, its curve and where it comes from', async () => {
  await button('Details of Lisbon').click();
  await says('How it became better');
  await says('From 29.00 dB to 33.58 dB');
  await says('40 photos');
  await says('x2 c16 f1 | edge3 24 conv3 | sep5 32 sep3 | ir 16 conv3');
  await model('Lisbon').scrollIntoViewIfNeeded();
  await look(page, 'models-opened');
  await button('Details of Lisbon').click();
});

test('a model is renamed where its name stands; wrong names are told at once', async () => {
  await button('Rename Lisbon').click();
  await page.keyboard.type('night market');
  await says('Another model is called night market already.');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('a/b');
  await says(/Letters, digits, spaces/);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('Porto');
  await page.keyboard.press('Enter');
  await model('Porto').waitFor();
  await button('Rename Porto').and(page.locator(':focus')).waitFor();
  expect(existsSync(join(home, 'home', 'models', 'Porto.run.json'))).toBe(true);
});

test('a deleted model comes back by Undo', async () => {
  await button('Delete Porto').click();
  await model('Porto').waitFor({ state: 'detached' });
  await look(page, 'models-deleted');
  await button('Undo').click();
  await model('Porto').waitFor();
});

test('a model is exported to a folder, and another one imported; what is none is refused with the reason', async () => {
  await button('Export Porto').click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Choose / })
    .click();
  await says(/Porto\.onnx was saved in/);
  expect(existsSync(join(home, 'Porto.onnx'))).toBe(true);

  await writeFile(join(home, 'broken.onnx'), 'not a network');
  await importFile(join(home, 'broken.onnx'));
  await says('broken.onnx was not imported');
  await says(/^broken\.onnx is not an ONNX model/);
  await look(page, 'models-refused');
  await writeFile(join(home, 'doubling.onnx'), foreignModel(nearest(2)));
  await importFile(join(home, 'doubling.onnx'));
  await page.getByText('doubling was imported').waitFor({ timeout: 90_000 });
  await model('doubling').waitFor();
  await look(page, 'models-imported');
});

async function importFile(path: string): Promise<void> {
  await button('Import a model').click();
  await page.getByRole('dialog').locator('input[type=file]').setInputFiles(path);
}

test('a model that was made elsewhere is measured here', async () => {
  await button('Measure night market').click();
  await model('night market')
    .getByText(/12-megapixel photo in/)
    .waitFor({ timeout: 60_000 });
});

test('a model can be taken along to the Upscale screen', async () => {
  await button('Upscale with Porto').click();
  await expect.poll(() => page.url()).toMatch(/#upscale$/);
});
