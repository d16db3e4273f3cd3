import { psnrY } from '../image/metrics';
import type { Pixels } from '../image/pixels';
import { markup, type Markup } from './markup';
import { pngDataUri } from './png';
import type { Sample } from './reportData';
import { decibels } from './words';

/** Real photos with a line to drag between bicubic and tailored. */
export function drawWipes(samples: readonly Sample[]): Markup {
  return markup`<div class="wipes">${samples.map(
    ({ title, bicubic, tailored }) => markup`<figure class="wipe">
<div class="stack">${picture(tailored, 2, `${title}, tailored`)}${picture(bicubic, 2, `${title}, bicubic`)}
<span class="tag left">bicubic</span><span class="tag right">tailored</span><span class="edge"></span>
<input type="range" min="0" max="100" value="50" step="0.5" aria-label="${title}: how much of the picture is bicubic, in percent"></div>
<figcaption>${title}</figcaption></figure>`,
  )}</div>`;
}

/** Crops side by side with the original that both were to reach. */
export function drawComparisons(samples: readonly Sample[]): Markup[] {
  return samples.map(({ title, bicubic, tailored, original }) => {
    const panel = (name: string, pixels: Pixels, note: string): Markup =>
      markup`<figure>${picture(pixels, 3, `${title}, ${name}`)}<figcaption><b>${name}</b> ${note}</figcaption></figure>`;
    const against = (pixels: Pixels): string => (original ? decibels(psnrY(pixels, original, 0)) : '');
    return markup`<article><h3>${title}</h3><div class="panels">${panel('bicubic', bicubic, against(bicubic))}${panel('tailored', tailored, against(tailored))}${original && panel('original', original, '')}</div></article>`;
  });
}

/** At `zoom` times its size, its pixels as squares. */
function picture(pixels: Pixels, zoom: number, alt: string): Markup {
  const { width, height } = pixels;
  return markup`<img src="${pngDataUri(pixels)}" width="${width * zoom}" height="${height * zoom}" alt="${alt}">`;
}
