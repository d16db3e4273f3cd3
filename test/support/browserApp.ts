import chromium from '@sparticuz/chromium';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { forkEngine } from '../../src-main/supervisor';
import { Host } from '../../src-main/app/host';
import { AppServer } from '../../src-main/app/server';

const out = join(import.meta.dirname, '..', '..', 'out');

/** The real app, as `serve` runs it: the built page and the built engine, opened in a real browser. */
export interface BrowserApp {
  page: Page;
  host: Host;
  /** Below which folders are browsed. */
  root: string;
  /** Where models, journals and settings are kept. */
  home: string;
  url: string;
  close: () => Promise<void>;
}

let browser: Promise<Browser> | undefined;

/** The browser that comes with the npm packages; started once a test file. */
export function launchBrowser(): Promise<Browser> {
  chromium.setGraphicsMode = false;
  return (browser ??= (async () =>
    playwright.launch({
      args: chromium.args,
      executablePath: await chromium.executablePath(),
      headless: true,
    }))());
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

export interface OpenOptions {
  root?: string;
  home?: string;
  /** For the new page, for example `colorScheme` and `locale`. */
  context?: Parameters<Browser['newContext']>[0];
}

export async function openApp(options: OpenOptions = {}): Promise<BrowserApp> {
  const made = mkdtempSync(join(tmpdir(), 'pixel-tailor-app-'));
  const root = options.root ?? join(made, 'photos');
  const home = options.home ?? join(made, 'home');
  // Engines inherit it.
  process.env['PIXEL_TAILOR_HOME'] = home;
  const host = new Host({
    home: join(home, 'app'),
    startEngine: () => forkEngine(join(out, 'main', 'engine.js')),
    out: join(made, 'results'),
    root: options.root ?? made,
  });
  const server = await AppServer.start({
    host,
    page: join(out, 'renderer'),
    home: join(home, 'app'),
    port: 0,
  });
  const context: BrowserContext = await (
    await launchBrowser()
  ).newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    ...options.context,
  });
  const page = await context.newPage();
  const { url } = server;
  await page.goto(url);
  return {
    ...{ page, host, root, home, url },
    close: async () => {
      await context.close();
      await server.close();
      await host.close();
      await rm(made, { recursive: true, force: true });
    },
  };
}
