import AxeBuilder from '@axe-core/playwright';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gives } from '../../src-main/shared/api';
import type { Job, Point } from '../../src-main/shared/things';
import { parseGenotype } from '../../src-main/search/genotype';
import { encodePicture } from '../../src-main/image/encode';
import { leaves } from '../image/samples';
import { closeBrowser, openApp, type BrowserApp } from '../support/browserApp';
import { fakeBelief, fakePoints, fakeSearchJob } from '../support/fakeSearch';

const shots = resolve(import.meta.dirname, '..', '..', 'reports', 'screens');
mkdirSync(shots, { recursive: true });

const crop = (path: string): Promise<Uint8Array> =>
  encodePicture(leaves(192, 144, path.charCodeAt('/picture/'.length)));

/** Of the crop's pictures; each stands for a picture of a seed of its own. */
const token = { tailored: 'a'.repeat(22), bicubic: 'b'.repeat(22), original: 'c'.repeat(22) };

let app: BrowserApp;
let page: Page;
afterAll(async () => {
  await app.close();
  await closeBrowser();
});

const curve: NonNullable<Gives<'speedCurve'>> = {
  ...{ refMsPerMP: 24, from: 0.3, to: 20, predictedTo: 3 },
  points: [0.3, 0.6, 0.9, 1.5, 3, 6, 11, 20].map((ratio) => ({
    ratio,
    gain: 2.4 + 0.42 * Math.log(ratio / 0.8),
  })),
};

/** The real app in a browser; what takes an engine minutes is answered at once. */
beforeAll(async () => {
  app = await openApp();
  page = app.page;
  Object.assign(app.host.api, {
    speedCurve: () => curve,
    preflight: () => ({ photos: 24, freeBytes: 84e9 }),
    models: () => ({ models: [], unreadable: [], searches: ['bundled photos x2 fast'] }),
    ...record('tailor', { id: 'search' }),
    ...record('pause', {}),
    ...record('resume', {}),
    ...record('finish', {}),
  });
  app.host.picture = async ({ pathname }) => ({
    status: 200,
    type: 'image/png',
    bytes: await crop(pathname),
  });
  await page.goto(`${new URL(app.url).origin}/#tailor`);
});

/** What was asked of the host, in order: the call's name and its parameters. */
const asked: [string, unknown][] = [];
const record = (name: string, answer: unknown) => ({
  [name]: (params: unknown) => {
    asked.push([name, params]);
    return answer;
  },
});

let told = 0;

/** Tells the page of the search as it stands there. */
function show(job: Job, points: Point[] = []): void {
  const crop = { version: points.length, ...token };
  const tailor = { ...job.tailor!, ...(points.length > 0 && { crop }) };
  Object.assign(app.host.api, { job: () => ({ job, points: [], files: [] }) });
  app.host.tell({ event: 'job', job: { ...job, tailor } });
  for (const point of points.slice(told)) app.host.tell({ event: 'point', id: job.id, point });
  told = points.length;
}

async function shoot(state: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.waitForTimeout(900);
    const height = await page
      .locator('.page')
      .evaluate((box) => (box as unknown as { scrollHeight: number }).scrollHeight);
    await page.setViewportSize({ width: 1280, height: Math.max(800, height) });
    await page.screenshot({ path: join(shots, `tailor-${state}-${theme}.png`) });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  }
}

test('set-up says what is missing, then what will happen', async () => {
  const start = page.getByRole('button', { name: 'Start tailoring' });
  await page.getByText('Choose photos to learn from first.').waitFor();
  expect(await start.isDisabled()).toBe(true);
  Object.assign(app.host.api, { preflight: () => ({ photos: 2, freeBytes: 84e9 }) });
  await page.getByRole('button', { name: 'Use the photos that come with the app' }).click();
  await page.getByText('Only 2 photos were found there; at least 4 are needed.').waitFor();
  expect(await start.isDisabled()).toBe(true);

  Object.assign(app.host.api, { preflight: () => ({ photos: 24, freeBytes: 84e9 }) });
  await page.getByRole('button', { name: 'Using the photos' }).click();
  await page.getByText('24 photos found').waitFor();
  // Its first name is that of a search.
  await page.getByPlaceholder('Bundled photos x2 fast 2').waitFor();
  await page.getByRole('slider', { name: 'How long a photo may take' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByText('30 min').click();
  await page.getByText(/24 photos are studied for 30 minutes; .* 12-megapixel photo in about/).waitFor();
  await shoot('setup');
  await start.click();
  expect(asked).toEqual([
    [
      'tailor',
      expect.objectContaining({
        ...{ photos: [], scale: 2, minutes: 30 },
        budget: expect.stringMatching(/^[\d.]+ref$/) as string,
        name: expect.stringMatching(/^Bundled photos x2/) as string,
      }),
    ],
  ]);
});

test('a search is followed from the photos to the verdict', async () => {
  show(fakeSearchJob({ phase: 'looking at the photos', fraction: 0.03 }));
  await page.getByText('Look at the photos…').waitFor();
  expect(await page.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(true);
  await shoot('photos');
  show(fakeSearchJob({ secondsLeft: 521 }, { belief: fakeBelief(0) }), fakePoints(2));
  await shoot('search-start');
  const notice = 'The engine stopped (signal SIGKILL); starting it again (1 of 2).';
  show(fakeSearchJob({ secondsLeft: 421, notice }, { belief: fakeBelief(0.5) }), fakePoints(8));
  await page.getByText(notice).waitFor();
  await shoot('search-middle');
  show(
    fakeSearchJob(
      { phase: 'training the model', fraction: 0.7, secondsLeft: 121 },
      { belief: fakeBelief(1) },
    ),
    fakePoints(34),
  );
  await shoot('train');
  const network = { ...parseGenotype('x2 c24 f1 | edge3 16 conv3 | id 24 sep5 | ir 32 id') };
  const photos = { train: 20, heldOut: 4, reduced: 0 };
  Object.assign(app.host.api, { modelStory: () => ({ network, history: [], bicubicOnCrops: 30, photos }) });
  show(ended({ model: 33.4, bicubic: 31.1, stock: 32.8 }), fakePoints(52));
  await page.getByRole('heading', { name: 'The network that was found' }).waitFor();
  await shoot('done');
}, 180_000);

const figures = { msPerMP: 19, refMsPerMP: 24, ratio: 0.79, budgetRatio: 0.8 };
const ended = (psnr: object, change: object = {}): Job =>
  fakeSearchJob(
    { state: 'done', fraction: 1, result: { psnr, ...figures, ...change } },
    { belief: fakeBelief(1) },
  );

test.each([
  [
    { model: 33.4, bicubic: 31.1, stock: 32.8 },
    '0.60 dB sharper than the stock model of this speed',
    'on budget',
  ],
  [
    { model: 33.4, bicubic: 31.1, stock: null },
    '2.30 dB sharper than plain enlarging on your photos',
    '41 %',
  ],
  [{ model: 32.7, bicubic: 31.1, stock: 32.8 }, 'No gain: keep the stock model', '0.10 dB sharper'],
  [
    { model: 31.1, bicubic: 31.1, stock: null },
    'No gain over plain enlarging',
    'more minutes or more photos',
  ],
])('the verdict on %o: %s', async (psnr, headline, reason) => {
  show(ended(psnr), fakePoints(52));
  await page.getByText(headline).waitFor();
  expect(await page.getByRole('status').first().innerText()).toContain(reason);
});

test('a stock model that took the place of what was learned is named', async () => {
  const rival = { name: 'stock x2 fast', ratio: 0.79, isKept: true };
  show(ended({ model: 32.8, bicubic: 31.1, stock: 32.8 }, { rival }), fakePoints(52));
  await page.getByText('No gain: keep the stock model').waitFor();
  await page.getByText('This model is stock x2 fast as it came').waitFor();
  await shoot('kept');
});

test('a model that misses its budget is said to', async () => {
  show(ended({ model: 33.4, bicubic: 31.1, stock: null }, { msPerMP: 25 }), fakePoints(52));
  await page.getByText('30 % too slow').waitFor();
});

test('the buttons pause, extend, finish and go on', async () => {
  const click = async (name: string): Promise<void> => {
    asked.length = 0;
    await page.getByRole('button', { name, exact: true }).click();
    await expect.poll(() => page.getByRole('button', { name: 'Cancel' }).isEnabled()).toBe(true);
  };
  show(fakeSearchJob({ secondsLeft: 300 }), fakePoints(52));
  await click('Pause');
  expect(asked).toEqual([['pause', { id: 'search' }]]);
  await click('10 minutes more');
  expect(asked).toEqual([['resume', { id: 'search', minutes: 20 }]]);
  await click('Stop and use the best so far');
  expect(asked).toEqual([['finish', { id: 'search' }]]);
  show(fakeSearchJob({ state: 'paused' }), fakePoints(52));
  await page.getByText('Paused. Everything is kept').waitFor();
  await click('Resume');
  expect(asked).toEqual([['resume', { id: 'search' }]]);
});

test('of several searches each can be looked at, and another be set up meanwhile', async () => {
  show(fakeSearchJob({ secondsLeft: 300 }, { belief: fakeBelief(0.4) }), fakePoints(8));
  const second = fakeSearchJob({ id: 'second', title: 'Porto x2 balanced', state: 'paused', fraction: 0.6 });
  app.host.tell({ event: 'job', job: second });
  const searches = page.getByRole('navigation', { name: 'Searches' });
  const heading = page.getByRole('heading', { level: 1 });
  await searches.getByRole('button', { name: 'Porto x2 balanced paused' }).click();
  await expect.poll(() => heading.innerText()).toBe('Tailoring “Porto x2 balanced”');
  await page.getByText('Paused. Everything is kept').waitFor();
  await searches.getByRole('button', { name: 'Lisbon x2 fast 20%' }).click();
  await expect.poll(() => heading.innerText()).toBe('Tailoring “Lisbon x2 fast”');
  await shoot('several');
  await searches.getByRole('button', { name: 'Tailor another' }).click();
  await expect.poll(() => heading.innerText()).toBe('Tailor a model');
  await page.getByRole('button', { name: 'Start tailoring' }).waitFor();
  expect(await searches.locator('[aria-current]').innerText()).toBe('Tailor another');
  await searches.getByRole('button', { name: 'Lisbon x2 fast' }).click();
});

test('a time left of almost three minutes is three minutes', async () => {
  show(fakeSearchJob({ secondsLeft: 179.6 }), fakePoints(52));
  await page.getByText(/^3 min 0 sec left, done/).waitFor();
});

test('the page can be reloaded: it goes on from what the host knows', async () => {
  const job = fakeSearchJob({ secondsLeft: 300 }, { belief: fakeBelief(0.4) });
  const hello = app.host.api.hello;
  Object.assign(app.host.api, {
    hello: async () => ({ ...(await hello({})), jobs: [job] }),
    job: () => ({ job, points: fakePoints(8), files: [] }),
  });
  await page.reload();
  await page.getByRole('img', { name: /^Quality: from/ }).waitFor();
  await page.getByRole('img', { name: /^Most likely/ }).waitFor();
});

test('a measurement that waits is found again', async () => {
  const { hello } = app.host.api;
  const job: Job = { id: 'm', kind: 'measure', title: 'auto', state: 'waiting', phase: '', fraction: 0 };
  Object.assign(app.host.api, {
    hello: async () => ({ ...(await hello({})), jobs: [job] }),
    job: () => ({ job, points: [], files: [] }),
    speedCurve: () => null,
  });
  await page.reload();
  await page.getByText('Waiting for the job before it').waitFor();
  await shoot('measuring');
});
