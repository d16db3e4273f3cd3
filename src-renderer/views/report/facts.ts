import type { Report } from '../../../src-main/shared/report';
import { photoSeconds } from '../../components/figures';
import { duration, number, t } from '../../state/words.svelte';

type Rows = [name: string, value: string][];

/** Everything that can be said in figures, in groups. */
export function factsOf({ card, story, leftOut }: Report): { title: string; rows: Rows }[] {
  const { psnr, rival, budget, device, msPerMP, refMsPerMP, ratio } = card;
  const { photos, refinement } = story;
  const decibels = (value: number): string => `${number(value, 2)} dB`;
  const stockModel = (value: number): string =>
    rival ? `${decibels(value)} (${rival.name}, ${number(rival.ratio, 2)} ×)` : decibels(value);
  const speed = (times: number, ms: number): string =>
    t('report.speedOf', { ratio: number(times, 2), ms: number(ms, 1) });
  return [
    {
      title: t('report.quality'),
      rows: [
        [t('tailor.tailored'), decibels(psnr.model)],
        [t('tailor.bicubic'), decibels(psnr.bicubic)],
        ...(psnr.stock === null ? [] : ([[t('report.stock'), stockModel(psnr.stock)]] satisfies Rows)),
        [t('report.measuredAs'), t('report.psnr')],
      ],
    },
    {
      title: t('report.speed'),
      rows: [
        [t('report.budget', { text: budget.text }), speed(budget.ratio, budget.ratio * refMsPerMP)],
        [t('report.measured'), speed(ratio, msPerMP)],
        [t('report.reference'), speed(1, refMsPerMP)],
        [t('report.photo'), duration(photoSeconds(msPerMP))],
        ...(refinement
          ? ([[t('report.beforeCut'), `${number(refinement.before, 2)}: ${refinement.found}`]] satisfies Rows)
          : []),
        [t('tailor.device'), device.name === device.id ? device.id : `${device.name} (${device.id})`],
      ],
    },
    {
      title: t('report.network'),
      rows: [
        [t('tailor.scale'), `×${card.scale}`],
        [t('report.parametersOf'), number(card.params)],
        [t('report.macs'), number(card.macsPerPixel)],
        [t('report.sees'), t('report.pixels', { count: card.receptiveRadius })],
      ],
    },
    {
      title: t('report.training'),
      rows: [
        [t('tailor.whichPhotos'), number(photos.train)],
        [t('report.setAside'), number(photos.heldOut)],
        [t('report.reduced'), number(photos.reduced)],
        [t('report.leftOut'), number(leftOut.length)],
        [t('tailor.soFarSteps'), number(card.steps)],
        [t('report.computed'), duration(card.seconds)],
        [t('report.seed'), String(card.seed)],
      ],
    },
  ];
}
