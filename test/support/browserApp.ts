import chromium from '@sparticuz/chromium';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { forkEngine, type EngineProcess } from '../../src-main/supervisor';
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
  /** Where results go unless another folder is chosen. */
  results: string;
  url: string;
  /** Every engine that was started, the newest last. */
  engines: EngineProcess[];
  close: () => Promise<void>;
}

/** A single process ends with its first page; a page is to be held to the rules of the web. */
const unwanted = [
  '--single-process',
  '--no-zygote',
  '--disable-web-security',
  '--allow-running-insecure-content',
];

let browser: Promise<Browser> | undefined;

/** The browser that comes with the npm packages; started once a test file. */
export function launchBrowser(): Promise<Browser> {
  chromium.setGraphicsMode = false;
  return (browser ??= (async () =>
    playwright.launch({
      args: chromium.args.filter((arg) => !unwanted.includes(arg)),
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
  const results = join(made, 'results');
  const engines: EngineProcess[] = [];
  const host = new Host({
    home: join(home, 'app'),
    startEngine: () => {
      const engine = forkEngine(join(out, 'main', 'engine.js'));
      engines.push(engine);
      return engine;
    },
    out: results,
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
    ...{ page, host, root, home, results, url, engines },
    close: async () => {
      await context.close();
      await server.close();
      await host.close();
      await rm(made, { recursive: true, force: true });
    },
  };
}
