import type { Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import type { HostApi } from '../../src-main/shared/api';
import type { Job } from '../../src-main/shared/things';
import { closeBrowser, openApp, type BrowserApp } from '../support/browserApp';
import { fakeSearchJob } from '../support/fakeSearch';
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

/** Cuts the line until the page has noticed, and gives it another. */
async function cut(): Promise<void> {
  isCut = true;
  await line?.close();
  await page.getByRole('alert').waitFor();
  isCut = false;
}

/** Stands in for calls of the host as long as `during` takes. */
async function having(calls: Partial<HostApi>, during: () => Promise<void>): Promise<void> {
  const own = { ...app.host.api };
  Object.assign(app.host.api, calls);
  await during().finally(() => Object.assign(app.host.api, own));
}

const failing = (message: string) => () => {
  throw new UserError(message);
};

test('what keeps the app from opening is told, and no line is left open by trying', async () => {
  let lines = 0;
  const onEvent = app.host.onEvent.bind(app.host);
  app.host.onEvent = (listener) => {
    lines += 1;
    const stop = onEvent(listener);
    return () => {
      lines -= 1;
      stop();
    };
  };
  await having({ hello: failing('The settings are locked.') }, async () => {
    await page.reload();
    await page.getByRole('alert').getByText('cannot be opened: The settings are locked.').waitFor();
    await page.waitForTimeout(2500);
    await look(page, 'frame-kept-out');
  });
  await page.getByRole('alert').waitFor({ state: 'detached' });
  expect(lines).toBe(1);
  app.host.onEvent = onEvent;
});

test('what was asked on a line that is cut ends with it', async () => {
  await link('Device').click();
  await having({ log: () => new Promise(() => undefined) }, async () => {
    await page.getByRole('button', { name: 'Show the log' }).click();
    await cut();
    await page.getByText('The connection was lost before the answer came. Try again.').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
  });
  await page.getByRole('alert').waitFor({ state: 'detached' });
});

test('what happens while a page catches up is not overwritten by what was before', async () => {
  const running: Job = fakeSearchJob();
  const older: Job = { ...running, id: 'older', title: 'Porto', state: 'done' };
  const hello = await app.host.api.hello({});
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const job = async ({ id }: { id: string }) => {
    if (id === 'older') await gate;
    return { job: id === 'older' ? older : running, points: [], files: [] };
  };
  await having({ hello: () => ({ ...hello, jobs: [running, older] }), job }, async () => {
    const asked = page.waitForEvent('websocket');
    await page.reload();
    await asked;
    await page.waitForTimeout(500);
    app.host.tell({ event: 'job', job: { ...running, state: 'done', fraction: 1 } });
    await page.waitForTimeout(500);
    open();
    await page.getByRole('heading', { name: 'Drop photos' }).waitFor();
    expect(await page.getByRole('navigation').getByText('Lisbon').count()).toBe(0);
  });
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
