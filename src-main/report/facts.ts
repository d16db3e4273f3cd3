import { markup, type Markup } from './markup';
import type { ReportData } from './reportData';
import { count, decibels, figure, photoName, photoSeconds, time } from './words';

/** Everything that can be said in figures, in groups. */
export function drawFacts(data: ReportData): Markup {
  return markup`<div class="facts">${groupsOf(data).map(
    ([title, rows]) =>
      markup`<table><caption>${title}</caption><tbody>${rows.map(
        ([name, value]) => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
      )}</tbody></table>`,
  )}</div>${leftOutList(data.photos.leftOut)}`;
}

type Rows = [name: string, value: string][];

function groupsOf({ card, photos, refinement }: ReportData): [title: string, rows: Rows][] {
  const { psnr, budget, device, msPerMP, refMsPerMP, ratio } = card;
  const perMP = (ms: number): string => `${figure(ms)} ms per megapixel`;
  return [
    [
      'Quality on held-out photos',
      [
        ['Tailored', decibels(psnr.model)],
        ['Bicubic', decibels(psnr.bicubic)],
        ...(psnr.stock === null ? [] : ([['Stock model of this speed', decibels(psnr.stock)]] as Rows)),
        ['Measured as', 'PSNR on brightness (Y), mean over whole photos'],
      ],
    ],
    [
      'Speed',
      [
        [
          'Budget',
          `${budget.text}: ${figure(budget.ratio)} × reference, ${perMP(budget.ratio * refMsPerMP)}`,
        ],
        ['Measured', `${figure(ratio)} × reference, ${perMP(msPerMP)}`],
        ['Reference network', perMP(refMsPerMP)],
        [photoName, time(photoSeconds(msPerMP))],
        ...(refinement
          ? ([['Before refining', `${figure(refinement.before)} × reference: ${refinement.found}`]] as Rows)
          : []),
        ['Device', device.name === device.id ? device.id : `${device.name} (${device.id})`],
      ],
    ],
    [
      'Network',
      [
        ['Enlarges', `× ${card.scale}`],
        ['Parameters', figure(card.params)],
        ['Multiply-accumulates', `${figure(card.macsPerPixel)} a pixel`],
        ['Sees', `${count(card.receptiveRadius, 'pixel')} of the small photo in each direction`],
      ],
    ],
    [
      'Search and training',
      [
        ['Photos to learn from', figure(photos.train)],
        ['Photos held out', figure(photos.heldOut)],
        ['Reduced first, as soft at full size', figure(photos.reduced)],
        ['Left out', figure(photos.leftOut.length)],
        ['Steps', figure(card.steps)],
        ['Computing', time(card.seconds, 2)],
        ['Seed', String(card.seed)],
        ['Made', `${card.created.slice(0, 16).replace('T', ' ')} UTC, Pixel Tailor ${card.version}`],
      ],
    ],
  ];
}

function leftOutList(leftOut: ReportData['photos']['leftOut']): Markup | undefined {
  if (leftOut.length === 0) return undefined;
  return markup`<details><summary>${count(leftOut.length, 'photo was', 'photos were')} left out</summary><ul>${leftOut.map(
    ({ path, reason }) => markup`<li>${reason.includes(path) ? reason : `${path}: ${reason}`}</li>`,
  )}</ul></details>`;
}
