import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { closeBrowser, openApp, type BrowserApp } from '../support/browserApp';
import { makeHome, workplace } from '../support/builtCli';
import { look } from '../support/look';

// The whole main job as a person does it, on real photos, in a real browser, with the real engine: tailor a model, upscale
// a folder with it, compare. Once by mouse and once by keyboard.

const at = workplace();
const samples = resolve(import.meta.dirname, '..', '..', 'resources', 'samples');
let app: BrowserApp;

beforeAll(async () => {
  await makeHome(at('home'));
  mkdirSync(at('pictures'));
  for (const folder of ['learn', 'enlarge']) mkdirSync(at('pictures', folder));
  const photos = readdirSync(samples).filter((name) => name.endsWith('.jpg'));
  for (const name of photos) cpSync(join(samples, name), at('pictures', 'learn', name));
  for (const name of readdirSync(join(samples, 'to-upscale')))
    cpSync(join(samples, 'to-upscale', name), at('pictures', 'enlarge', name));
});

afterEach(() => app.close());
afterAll(closeBrowser);

const results = (): string[] => readdirSync(app.results).sort();
const enlarged = (): string[] => readdirSync(at('pictures', 'enlarge')).sort();

/** Waits for the network that is in work to have been looked at a few times. */
async function untilSeen(page: Page): Promise<void> {
  await page.getByRole('img', { name: /^Most likely/ }).waitFor({ timeout: 60_000 });
  await page.getByText('Stop and use the best so far').waitFor();
}

test('by mouse: choose a folder, tailor for a minute, upscale, compare', async () => {
  app = await openApp({ home: at('home'), root: at('pictures') });
  const { page } = app;
  await page.getByRole('link', { name: 'Tailor' }).click();
  await page.getByRole('button', { name: 'Choose a folder…' }).click();
  await page.getByRole('option', { name: 'learn' }).click();
  await page.getByRole('button', { name: 'Choose learn' }).click();
  await page.getByText('Other', { exact: true }).click();
  await page.getByRole('spinbutton').fill('1');
  await page.getByLabel('Name of the model').fill('mine');
  await page.getByRole('button', { name: 'Start tailoring' }).click();
  await untilSeen(page);
  await look(page, 'main-tailoring');
  await page.getByRole('button', { name: 'Upscale photos with it' }).waitFor({ timeout: 170_000 });
  await look(page, 'main-verdict');

  await page.getByRole('button', { name: 'Upscale photos with it' }).click();
  await page.getByRole('button', { name: 'Add folder' }).first().click();
  await page.getByRole('option', { name: 'enlarge' }).click();
  await page.getByRole('button', { name: 'Choose enlarge' }).click();
  await expect.poll(() => page.getByRole('radio', { name: /mine/ }).isChecked()).toBe(true);
  await page.getByRole('button', { name: /^Upscale \d/ }).click();
  await page.getByText('2 photos of 2 done').waitFor({ timeout: 60_000 });
  expect(results()).toEqual(enlarged());
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('dialog').getByText('Result').first().waitFor();
  await expect.poll(() => page.locator('.part:not(.coming)').count()).toBeGreaterThan(1);
  await look(page, 'main-compare');
}, 360_000);

/** Presses Tab until what has the focus has this name. */
async function tabTo(page: Page, name: RegExp | string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    const label = (await focused.getAttribute('aria-label')) ?? (await focused.innerText());
    if (typeof name === 'string' ? label.trim() === name : name.test(label)) return;
  }
  throw new Error(`Tab never came to ${String(name)}`);
}

test('by keyboard: tailor from the bundled photos, stop early, upscale', async () => {
  app = await openApp({ home: at('home'), root: at('pictures') });
  const { page } = app;
  await page.keyboard.press('Control+2');
  await page.getByRole('heading', { name: 'Tailor a model' }).waitFor();
  await tabTo(page, 'Use the photos that come with the app');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Start tailoring');
  await page.keyboard.press('Enter');
  await untilSeen(page);
  await tabTo(page, 'Stop and use the best so far');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Upscale photos with it' }).waitFor({ timeout: 170_000 });

  await page.keyboard.press('Control+1');
  await page.keyboard.press('Control+Shift+o');
  await page.getByRole('option', { name: 'enlarge' }).waitFor();
  await page.keyboard.press('e');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'Choose enlarge' }).press('Enter');
  await page.getByRole('grid').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText('2 photos of 2 done').waitFor({ timeout: 60_000 });
  expect(results()).toEqual(enlarged());
}, 360_000);
