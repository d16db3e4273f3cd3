import type { Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { closeBrowser, openApp, type BrowserApp } from '../support/browserApp';
import { look } from '../support/look';

let app: BrowserApp;
let page: Page;
/** The page's line to the engine, and whether it may have one. */
let line: WebSocketRoute | undefined;
let isCut = false;
beforeAll(async () => {
  app = await openApp();
  ({ page } = app);
  await page.routeWebSocket(/\/line$/, async (socket) => {
    if (isCut) await socket.close();
    else socket.connectToServer();
    line = socket;
  });
});
afterAll(async () => {
  await app.close();
  await closeBrowser();
});

const views = ['Upscale', 'Tailor', 'Models', 'Device'];
const link = (name: string) => page.getByRole('navigation').getByRole('link', { name });
const current = () => page.getByRole('navigation').locator('[aria-current=page]').innerText();
const focused = () => page.locator(':focus').innerText();

beforeEach(async () => {
  await page.goto(`${new URL(app.url).origin}/#upscale`);
  await page.reload();
  await page.getByRole('main').getByRole('heading').first().waitFor();
});

test('Tab goes through the screens first, Enter opens one', async () => {
  for (const name of views) {
    await page.keyboard.press('Tab');
    expect(await focused()).toBe(name);
  }
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect.poll(current).toBe('Models');
  await expect.poll(() => page.title()).toBe('Models – Pixel Tailor');
  await link('Device').focus();
  await page.keyboard.press('Tab');
  expect(await page.locator('main :focus').count()).toBe(1);
});

test('each screen has its shortcut, and the focus never falls off the page', async () => {
  for (const [i, name] of views.entries()) {
    await page.keyboard.press(`Control+${i + 1}`);
    await expect.poll(current).toBe(name);
  }
  await page.getByRole('button', { name: 'Show the log' }).focus();
  await page.keyboard.press('Control+3');
  await page.locator('main:focus').waitFor();
});

test('screen readers are told the landmarks and one heading of the first order a screen', async () => {
  await page.getByRole('navigation', { name: 'Screens' }).waitFor();
  expect(await page.getByRole('main').count()).toBe(1);
  for (const name of views) {
    await link(name).click();
    await expect.poll(() => page.getByRole('heading', { level: 1 }).count()).toBe(1);
  }
});

test('a page that is loaded again shows the same screen', async () => {
  await link('Device').click();
  await page.reload();
  await page.getByRole('heading', { name: 'Device and settings' }).waitFor();
});

test('a lost connection is told and comes back by itself', async () => {
  isCut = true;
  await line?.close();
  await page.getByRole('alert').getByText('The connection to the engine is lost').waitFor();
  await look(page, 'frame-lost');
  isCut = false;
  await page.getByRole('alert').waitFor({ state: 'detached' });
});

test.each(views)('%s has no barriers in light and dark', async (name) => {
  await link(name).click();
  await expect.poll(current).toBe(name);
  await look(page, `frame-${name.toLowerCase()}`);
});

/** Elements that would move. */
const restless = `[...document.querySelectorAll('*')].filter((one) => {
  const { transitionProperty, animationName } = getComputedStyle(one);
  return transitionProperty !== 'none' || animationName !== 'none';
}).map((one) => one.className)`;

test('nothing moves for people who do not want it', async () => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const name of views) {
    await link(name).click();
    const moving = await page.evaluate(restless);
    expect(moving).toEqual([]);
  }
});
