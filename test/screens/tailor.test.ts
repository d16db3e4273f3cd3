import AxeBuilder from '@axe-core/playwright';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gives } from '../../src-main/shared/api';
import type { Job, Point } from '../../src-main/shared/things';
import { parseGenotype } from '../../src-main/search/genotype';
import { encodePicture } from '../../src-main/image/codec';
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
  ...{ refMsPerMP: 24, from: 0.3, to: 20 },
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
    models: () => ({ models: [], unreadable: [] }),
    tailor: () => ({ id: 'search' }),
  });
  app.host.picture = async ({ pathname }) => ({
    status: 200,
    type: 'image/png',
    bytes: await crop(pathname),
  });
  await page.goto(`${new URL(app.url).origin}/#tailor`);
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

test('set-up', async () => {
  await page.getByRole('button', { name: 'Use the photos that come with the app' }).click();
  await shoot('setup');
  await page.getByRole('button', { name: 'Start tailoring' }).click();
});

test('a search is followed from the photos to the verdict', async () => {
  show(fakeSearchJob({ phase: 'looking at the photos', fraction: 0.03 }));
  await page.getByText('Setting out').waitFor();
  await shoot('photos');
  show(fakeSearchJob({ secondsLeft: 521 }, { belief: fakeBelief(0) }), fakePoints(2));
  await shoot('search-start');
  const notice = 'The engine stopped (signal SIGKILL); starting it again (1 of 2).';
  show(
    fakeSearchJob({ secondsLeft: 421, notice, message: 'step 480' }, { belief: fakeBelief(0.5) }),
    fakePoints(8),
  );
  await shoot('search-middle');
  show(
    fakeSearchJob(
      { phase: 'training the model', fraction: 0.7, secondsLeft: 121 },
      { belief: fakeBelief(1) },
    ),
    fakePoints(34),
  );
  await shoot('train');
  const network = parseGenotype('x2 c24 f1 | edge3 16 conv3 | id 24 sep5 | ir 32 id');
  const photos = { train: 20, heldOut: 4, reduced: 0 };
  Object.assign(app.host.api, { modelStory: () => ({ network, history: [], bicubicOnCrops: 30, photos }) });
  const psnr = { model: 33.4, bicubic: 31.1, stock: 32.8 };
  const result = { psnr, msPerMP: 19, refMsPerMP: 24, ratio: 0.79, budgetRatio: 0.8 };
  show(fakeSearchJob({ state: 'done', fraction: 1, result }, { belief: fakeBelief(1) }), fakePoints(52));
  await shoot('done');
}, 180_000);
