import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { explainWriteError, placeFile } from '../image/placeFile';
import { drawArchitecture } from './architecture';
import { drawCurves } from './curves';
import { drawFacts } from './facts';
import { markup, Markup } from './markup';
import { drawComparisons, drawWipes } from './pictures';
import type { ReportData } from './reportData';
import { script, style } from './style';
import { decibels, figure, photoName, photoSeconds, time, verdictOf } from './words';

/**
 * Writes the report of a model as one page that needs no other file, `index.html` in `folder`, replacing an older one.
 * @returns the page's path. UserError where the folder cannot be written.
 */
export async function writeReport(folder: string, data: ReportData): Promise<string> {
  const path = join(folder, 'index.html');
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw explainWriteError(path, error);
  });
  await placeFile(path, Buffer.from(reportPage(data)), { overwrite: true });
  return path;
}

/** The page as HTML text; the same data give the same text. */
export function reportPage(data: ReportData): string {
  const { card, samples, history, architecture } = data;
  const { headline, sentences } = verdictOf(card);
  const compared = samples.filter(({ original }) => original);
  const wiped = samples.filter(({ original }) => !original);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Pixel Tailor: ${card.name}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<p class="made">Pixel Tailor · model “${card.name}” · ${card.created.slice(0, 10)}</p>
<h1>${headline}</h1>
<div class="lead">${sentences.map((sentence) => markup`<p>${sentence}</p>`)}</div>
${keyFigures(card)}
</header>
<main>
${
  samples.length > 0 &&
  markup`<section id="pictures"><h2>Before and after</h2>
${wiped.length > 0 && markup`<p>Photos that the model enlarged ×${card.scale}, in the most detailed place, shown at twice their size. <span class="drag">Drag the line.</span></p>${drawWipes(wiped)}`}
${compared.length > 0 && markup`<article><h2>Against the original</h2><p>Photos that the model has not learned from, made ${card.scale} times smaller first, so that it is known what enlarging should bring back. Shown at three times their size; more decibels are better.</p></article>${drawComparisons(compared)}`}</section>`
}
${history.length > 0 && markup`<section id="search"><h2>How the search went</h2><p>One large network that contains all candidates was trained while its choices became sparser and sparser, under the time budget; what was left is the model, which was then trained further.</p>${drawCurves(data)}</section>`}
<section id="network"><h2>The network that was found</h2><p>From left to right; the height of a bar is its number of channels, its colour the operation that was chosen.</p>${drawArchitecture(architecture)}</section>
<section id="facts"><h2>Facts</h2>${drawFacts(data)}</section>
</main>
<footer>Made by Pixel Tailor ${card.version} on this machine. No photo has left it.</footer>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}

/** Nothing is fetched and nothing runs but the page's own script. */
const policy = [
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
].join('; ');

function keyFigures({
  psnr,
  msPerMP,
  refMsPerMP,
  budget,
  params,
  seconds,
  steps,
}: ReportData['card']): Markup {
  const figures: [string, string, string][] = [
    ['Held-out photos', decibels(psnr.model), `bicubic ${decibels(psnr.bicubic)}`],
    [photoName, time(photoSeconds(msPerMP)), `budget ${time(photoSeconds(budget.ratio * refMsPerMP))}`],
    ['Size', figure(params), 'parameters'],
    ['Searched and trained in', time(seconds, 2), `${figure(steps)} steps`],
  ];
  return markup`<dl class="key-figures">${figures.map(
    ([name, value, note]) => markup`<div><dt>${name}</dt><dd>${value}</dd><dd>${note}</dd></div>`,
  )}</dl>`;
}
