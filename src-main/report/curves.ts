import type { HistoryPoint, SearchPoint } from '../train/state';
import { drawPlot, type Plot, type Series } from './plot';
import { markup, type Markup } from './markup';
import type { ReportData } from './reportData';
import { budgetTolerance, figure } from './words';

type Curves = Pick<ReportData, 'history' | 'card' | 'bicubicOnCrops'>;

type SearchedPoint = HistoryPoint & { search: SearchPoint };

/** The curves of a run, one figure each; figures that the history has nothing for are left out. */
export function drawCurves(data: Curves): Markup {
  const plots = plotsOf(data).filter(({ series }) => series.length > 0);
  return markup`<div class="plots">${plots.map(
    (plot) =>
      markup`<figure><figcaption><h3>${plot.title}</h3><p>${plot.caption}</p></figcaption>${drawPlot(plot)}</figure>`,
  )}</div>`;
}

/** All figures of a run; those without data have no series. */
function plotsOf({ history, card, bicubicOnCrops }: Curves): Plot[] {
  const searched = history.filter((point): point is SearchedPoint => point.search !== undefined);
  const [searchSeconds, seconds] = [searched, history].map((points) => points.at(-1)?.seconds ?? 0) as [
    number,
    number,
  ];
  const [clock, searchClock] = [clockOf(seconds), clockOf(searchSeconds)];
  const searchEnd = searchClock.at(searchSeconds);
  const whole = {
    x: { label: `${clock.unit} of computing`, to: clock.at(seconds) },
    stages: stagesOf(clock.at(searchSeconds), clock.at(seconds)),
  };
  const searching = { x: { label: `${searchClock.unit} of searching`, to: searchEnd } };
  const byStage = (value: (point: HistoryPoint) => number): Series[] => [
    ...line(searched, clock, value, { colour: 'blue' }),
    ...line(
      history.filter(({ stage }) => stage === 'tune'),
      clock,
      value,
      { colour: 'orange' },
    ),
  ];
  const bySearch = (value: (point: SearchPoint) => number, look: Omit<Series, 'points'>): Series[] =>
    line(searched, searchClock, ({ search }) => value(search), look);
  const levels = [
    ['network', 'blue'],
    ['cell', 'orange'],
    ['kernel', 'green'],
  ] as const;

  return [
    {
      title: 'Held-out quality',
      caption: `PSNR on crops of photos that take no part in training; 1\u00a0dB more is 21\u00a0% less error.`,
      ...whole,
      y: { unit: 'dB', ...(bicubicOnCrops !== undefined && { floor: bicubicOnCrops - 3 }) },
      series: byStage(({ psnr }) => psnr),
      ...(bicubicOnCrops !== undefined && {
        levels: [{ y: bicubicOnCrops, label: `bicubic ${bicubicOnCrops.toFixed(1)}` }],
      }),
    },
    {
      title: 'Training loss',
      caption: 'Mean absolute error of a colour value (0 to 1) on training patches, logarithmic.',
      ...whole,
      y: { unit: 'mean absolute error', log: true },
      series: byStage(({ loss }) => (loss > 0 ? loss : NaN)),
    },
    {
      title: 'Expected time against the budget',
      caption: `Time of the mixture of all networks still in play. The band is the budget ±\u00a0${budgetTolerance * 100}\u00a0%, the dot the finished model as measured.`,
      ...searching,
      y: { unit: 'times the reference network', from: 0 },
      series: bySearch(({ expectedRatio }) => expectedRatio, { label: 'expected', colour: 'blue' }),
      levels: [
        {
          y: card.budget.ratio,
          label: `budget ${figure(card.budget.ratio)}`,
          band: [card.budget.ratio * (1 - budgetTolerance), card.budget.ratio * (1 + budgetTolerance)],
        },
      ],
      dots: [{ x: searchEnd, y: card.ratio, label: `model ${figure(card.ratio)}`, colour: 'orange' }],
    },
    {
      title: 'Price of time',
      caption:
        'The multiplier λ of the budget: it rises while networks are too slow and falls while they are too fast.',
      ...searching,
      y: { unit: 'λ' },
      series: bySearch(({ lambda }) => lambda, { colour: 'purple' }),
    },
    {
      title: 'Sharpness of the choices',
      caption:
        'The radius of sparsestmax: at 0 all candidates may share a choice, at 1 a single one is left of each.',
      ...searching,
      y: { unit: 'radius', from: 0, to: 1 },
      series: bySearch(({ radius }) => radius, { colour: 'purple' }),
    },
    {
      title: 'Sparsity of the three levels',
      caption:
        'Candidates with a probability above zero, a choice on average: network (exits, fusion), cell (operations), kernel (widths). One is left of each at the end.',
      ...searching,
      y: { unit: 'live candidates a choice', from: 1 },
      series: levels.flatMap(([level, colour]) =>
        bySearch(({ alive }) => alive[level], { label: level, colour }),
      ),
    },
    {
      title: 'Size of the search',
      caption:
        'Candidates that a training step still computes: what can no longer win is cut from the program.',
      ...searching,
      y: { unit: 'candidates', from: 0 },
      series: bySearch(({ support }) => support, { colour: 'green' }),
    },
    {
      title: 'Time of a step',
      caption: 'Steps get cheaper as candidates are cut; fine-tuning trains one network with larger batches.',
      ...whole,
      y: { unit: 'milliseconds', from: 0 },
      series: byStage(({ msPerStep }) => msPerStep),
    },
  ];
}

function stagesOf(searchEnd: number, end: number): NonNullable<Plot['stages']> {
  if (searchEnd <= 0 || searchEnd >= end) return [];
  return [
    { from: 0, to: searchEnd, label: 'search', colour: 'blue', shaded: true },
    { from: searchEnd, to: end, label: 'fine-tuning', colour: 'orange', shaded: false },
  ];
}

function line<Point extends HistoryPoint>(
  points: readonly Point[],
  clock: Clock,
  value: (point: Point) => number,
  look: Omit<Series, 'points'>,
): Series[] {
  const shown = points
    .map((point) => [clock.at(point.seconds), value(point)] as const)
    .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  return shown.length === 0 ? [] : [{ ...look, points: shown }];
}

interface Clock {
  unit: string;
  at(seconds: number): number;
}

/** A unit of time that gives short numbers. */
function clockOf(seconds: number): Clock {
  if (seconds < 120) return { unit: 'seconds', at: (s) => s };
  return seconds < 2 * 3600 ? { unit: 'minutes', at: (s) => s / 60 } : { unit: 'hours', at: (s) => s / 3600 };
}
