import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeBrowser, openApp, type BrowserApp } from '../support/browserApp';
import { look } from '../support/look';

let app: BrowserApp;
let page: Page;
beforeAll(async () => {
  app = await openApp();
  ({ page } = app);
  await page.getByRole('link', { name: 'Device' }).click();
});
afterAll(async () => {
  await app.close();
  await closeBrowser();
});

const says = (text: string | RegExp) => page.getByText(text).first().waitFor();
const settings = async () => (await app.host.api.hello({})).settings;

test('the machine, the devices and their tests', async () => {
  await says('Not tested yet');
  expect(await page.getByRole('radio', { name: /^Automatically/ }).isChecked()).toBe(true);
  await says('Not measured yet.');
  await look(page, 'device-first');
  await page.getByRole('button', { name: 'Test the devices' }).click();
  await page.getByText('Works').waitFor({ timeout: 60_000 });
  await says(/billion operations a second/);
  await page.getByRole('button', { name: 'Test again' }).waitFor();
  await look(page, 'device-tested');
});

test('measuring shows how far it is and can be cancelled', async () => {
  await page.getByRole('button', { name: 'Measure the device' }).click();
  await page.getByRole('main').getByRole('progressbar', { name: 'Measuring this device' }).waitFor();
  await page.getByText(/\d%, .* left/).waitFor({ timeout: 60_000 });
  await look(page, 'device-measuring');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Measure the device' }).waitFor();
});

test('settings are saved at once and seen at once', async () => {
  await page.getByLabel('Memory limit').fill('-1');
  await page.getByLabel('Memory limit').press('Tab');
  await says(/Give a number from 0/);
  await page.getByLabel('Memory limit').fill('2');
  await page.getByLabel('Memory limit').press('Tab');
  await page.getByText('Dark', { exact: true }).click();
  await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
  await page.getByLabel('Language').selectOption('Deutsch');
  await page.getByRole('heading', { name: 'Gerät und Einstellungen' }).waitFor();
  expect(await settings()).toMatchObject({ memoryGB: 2, theme: 'dark', language: 'de' });
  await look(page, 'device-german');
  await page.getByLabel('Sprache').selectOption('Français');
  await page.getByText('Comme le système').nth(1).click();
  await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('fr');
  await page.getByLabel('Langue').selectOption('English');
  await page.getByRole('heading', { name: 'Device and settings' }).waitFor();
});

test('the log is shown and copied', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Show the log' }).click();
  await expect.poll(() => page.getByLabel('Log').inputValue()).toMatch(/devices .*: started/);
  await page.getByRole('button', { name: 'Copy' }).click();
  await says('Copied');
  expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/: started/);
  await look(page, 'device-log');
});
