import type { ResultOf } from '../shared/results';

type Evaluated = ResultOf<'evaluate'>['models'][number];

/** Mean PSNR in dB over the folders. */
export const meanPsnr = ({ sets }: Pick<Evaluated, 'sets'>): number =>
  sets.reduce((sum, { psnr }) => sum + psnr, 0) / sets.length;

/** Whether no other model is as fast and better, or as good and faster. What was not timed is not on the front. */
export function isOnFront(model: Evaluated, all: readonly Evaluated[]): boolean {
  const { ratio } = model;
  if (ratio === null) return false;
  const [psnr, speed] = [meanPsnr(model), ratio];
  return !all.some((other) => {
    if (other === model || other.ratio === null) return false;
    const [theirs, their] = [meanPsnr(other), other.ratio];
    return theirs >= psnr && their <= speed && (theirs > psnr || their < speed);
  });
}

const size = { width: 720, height: 460, left: 64, right: 24, top: 44, bottom: 56 };
const { left, top } = size;
const [right, bottom] = [size.width - size.right, size.height - size.bottom];

/**
 * Quality over speed as an SVG picture: a dot a model, the Pareto front as a line, bicubic as a level. The time axis is
 * logarithmic, in multiples of the reference network.
 */
export function frontPlot(models: readonly Evaluated[], scale: number): string {
  const timed = models.flatMap((model) => (model.ratio === null ? [] : [{ ...model, ratio: model.ratio }]));
  const level = models.find(({ model }) => model === 'bicubic');
  const all = [...timed, ...(level ? [level] : [])].map(meanPsnr);
  const [low, high] = [Math.floor(2 * Math.min(...all) - 0.5) / 2, Math.ceil(2 * Math.max(...all) + 0.5) / 2];
  const ratios = timed.map(({ ratio }) => ratio);
  const [from, to] = [Math.min(...ratios, 1) / 1.5, Math.max(...ratios, 1) * 2];
  const x = (ratio: number): number => left + ((right - left) * Math.log(ratio / from)) / Math.log(to / from);
  const y = (psnr: number): number => bottom - ((bottom - top) * (psnr - low)) / (high - low);
  const text = (at: readonly [number, number], words: string, more = ''): string =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" ${more}>${escape(words)}</text>`;

  const step = high - low > 4 ? 1 : 0.5;
  const levels = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => low + i * step);
  const times = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].filter((ratio) => ratio >= from && ratio <= to);
  const grid = [
    ...levels.map(
      (psnr) =>
        `<path class="grid" d="M${left} ${y(psnr).toFixed(1)}H${right}"/>` +
        text([left - 8, y(psnr) + 4], psnr.toFixed(1), 'text-anchor="end"'),
    ),
    ...times.map(
      (ratio) =>
        `<path class="grid" d="M${x(ratio).toFixed(1)} ${top}V${bottom}"/>` +
        text([x(ratio), bottom + 18], `${ratio}`, 'text-anchor="middle"'),
    ),
  ];
  const front = timed.filter((model) => isOnFront(model, timed)).sort((a, b) => a.ratio - b.ratio);
  const line = front
    .map((model) => `${x(model.ratio).toFixed(1)} ${y(meanPsnr(model)).toFixed(1)}`)
    .join('L');
  const dots = timed.map((model) => {
    const [cx, cy] = [x(model.ratio), y(meanPsnr(model))];
    const kind = front.includes(model) ? 'front' : 'behind';
    const side = cx > (left + right) / 2 ? 'text-anchor="end"' : '';
    return (
      `<circle class="${kind}" cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="5"/>` +
      text([cx + (side ? -9 : 9), cy - 7], nameOf(model.model), side)
    );
  });
  const bicubic = level
    ? `<path class="level" d="M${left} ${y(meanPsnr(level)).toFixed(1)}H${right}"/>` +
      text([right, y(meanPsnr(level)) - 6], 'bicubic', 'text-anchor="end"')
    : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12">
<style>text{fill:#334}.grid{stroke:#dde;fill:none}.level{stroke:#99a;stroke-dasharray:4 4}.line{stroke:#2f6fd6;stroke-width:2;fill:none}.front{fill:#2f6fd6}.behind{fill:#99a}.title{font-size:15px;font-weight:600}</style>
<rect width="100%" height="100%" fill="#fff"/>
${text([left, 24], `Quality and speed at x${scale}`, 'class="title"')}
${grid.join('\n')}
${bicubic}
<path class="line" d="M${line}"/>
${dots.join('\n')}
${text([(left + right) / 2, size.height - 14], 'time, multiples of the reference network', 'text-anchor="middle"')}
${text([18, (top + bottom) / 2], 'PSNR on luma, dB', `text-anchor="middle" transform="rotate(-90 18 ${(top + bottom) / 2})"`)}
</svg>
`;
}

const nameOf = (model: string): string => model.replace(/^.*[\\/]/, '').replace(/\.onnx$/, '');

const escape = (words: string): string =>
  words.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);
