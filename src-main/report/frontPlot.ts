import type { ResultOf } from '../shared/results';
import { isOnFront, meanPsnr } from './front';
import { placeLabels } from './labels';

type Evaluated = ResultOf<'evaluate'>['models'][number];

const size = { width: 720, height: 460, left: 64, right: 24, top: 44, bottom: 56 };
const { left, top } = size;
const [right, bottom] = [size.width - size.right, size.height - size.bottom];

/**
 * Quality over speed as an SVG picture: a dot a network, the Pareto front as a line, bicubic as a number. The time axis
 * is logarithmic, in multiples of the reference network.
 */
export function frontPlot(models: readonly Evaluated[], scale: number): string {
  const timed = models.flatMap((model) => (model.ratio === null ? [] : [{ ...model, ratio: model.ratio }]));
  const level = models.find(({ model }) => model === 'bicubic');
  const all = timed.length > 0 ? timed.map(meanPsnr) : models.map(meanPsnr);
  const [low, high] = [Math.floor(2 * Math.min(...all) - 0.5) / 2, Math.ceil(2 * Math.max(...all) + 0.5) / 2];
  const ratios = timed.map(({ ratio }) => ratio);
  const [from, to] = [Math.min(...ratios, 1) / 1.5, Math.max(...ratios, 1) * 2];
  const x = (ratio: number): number => left + ((right - left) * Math.log(ratio / from)) / Math.log(to / from);
  const y = (psnr: number): number => bottom - ((bottom - top) * (psnr - low)) / (high - low);
  const text = (at: readonly [number, number], words: string, more = ''): string =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" ${more}>${escape(words)}</text>`;

  const folders = models[0]?.sets.length ?? 1;
  const title = `Quality and speed at x${scale}${folders > 1 ? `, mean of ${folders} folders` : ''}`;
  const step = high - low > 4 ? 1 : 0.5;
  const lowest = Math.ceil(low / step) * step;
  const levels = Array.from({ length: Math.floor((high - lowest) / step) + 1 }, (_, i) => lowest + i * step);
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
  const places = timed.map((model) => ({
    ...{ x: x(model.ratio), y: y(meanPsnr(model)), name: nameOf(model.model) },
  }));
  const labels = placeLabels(places, { left, right, top, bottom });
  const dots = timed.map((model, i) => {
    const { x: cx, y: cy, name } = places[i]!;
    const { x: at, y: baseline, anchor } = labels[i]!;
    const kind = front.includes(model) ? 'front' : 'behind';
    return (
      `<circle class="${kind}" cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="5"/>` +
      text([at, baseline], name, `text-anchor="${anchor}"`)
    );
  });
  // Far below all networks: a line for it would leave them no room.
  const bicubic = level
    ? text([right, 24], `bicubic: ${meanPsnr(level).toFixed(2)} dB`, 'text-anchor="end"')
    : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12">
<style>text{fill:#334;stroke:#fff;stroke-width:3;stroke-linejoin:round;paint-order:stroke}.grid{stroke:#dde;fill:none}.line{stroke:#2f6fd6;stroke-width:2;fill:none}.front{fill:#2f6fd6}.behind{fill:#99a}.title{font-size:15px;font-weight:600}</style>
<rect width="100%" height="100%" fill="#fff"/>
${text([left, 24], title, 'class="title"')}
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
