import uPlot from 'uplot';
import { logTicks, shortText, tickTexts } from './ticks';

export type Colour = 'blue' | 'orange' | 'green' | 'purple';

export interface Line {
  label: string;
  colour: Colour;
  /** One value for each place on the x axis. */
  values: readonly (number | null)[];
}

/** One figure with curves. */
export interface Plot {
  key: string;
  title: string;
  caption: string;
  /** What the y axis counts, and with how many decimals its values are told. */
  unit: string;
  digits: number;
  xLabel: string;
  x: readonly number[];
  lines: readonly Line[];
  log?: boolean;
  /** Values that the y axis shows at least up to; nothing below `floor` is shown. */
  from?: number;
  to?: number;
  floor?: number;
  /** A height to compare with; `tolerance` draws a band around it. */
  level?: { value: number; label: string; side: 'left' | 'right'; tolerance?: number };
  dot?: { value: number; label: string };
}

/** A colour of the theme as the canvas wants it. */
export type Paint = (name: string) => string;

const font = '12px system-ui, sans-serif';

/** uPlot's options for a figure; `current` is asked again at every drawing, since curves grow. */
export function chartOptions(
  current: () => Plot,
  paint: Paint,
  onPoint: (index: number | null) => void,
): Omit<uPlot.Options, 'width' | 'height'> {
  const { lines, log } = current();
  const axis = (): uPlot.Axis => ({
    font,
    stroke: () => paint('soft'),
    grid: { stroke: () => paint('line'), width: 1 },
    ticks: { show: false },
    gap: 6,
  });
  return {
    legend: { show: false },
    padding: [12, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: false, range: (_, from, to) => (from < to ? [from, to] : [0, Math.max(to, 1)]) },
      y: { range: () => rangeOf(current()) },
    },
    axes: [
      { ...axis(), size: 30, values: (_, ticks) => tickTexts(ticks), space: 64 },
      {
        ...axis(),
        size: 48,
        ...(log
          ? {
              values: (_, ticks) => ticks.map((tick) => shortText(10 ** tick)),
              splits: (_, __, from, to) => logTicks(10 ** from, 10 ** to).map(Math.log10),
            }
          : { values: (_: uPlot, ticks: number[]) => tickTexts(ticks) }),
      },
    ],
    series: [
      {},
      ...lines.map(({ colour }): uPlot.Series => ({
        stroke: () => paint(colour),
        width: 2.25,
        spanGaps: true,
        points: { show: (chart, index) => known(chart.data[index]) < 3, size: 6 },
      })),
    ],
    hooks: {
      drawAxes: [
        (chart) => {
          drawLevel(chart, current(), paint);
        },
      ],
      draw: [
        (chart) => {
          drawDot(chart, current(), paint);
        },
      ],
      setCursor: [
        ({ cursor }) => {
          onPoint(cursor.idx ?? null);
        },
      ],
    },
  };
}

/** The curves as uPlot takes them; on a logarithmic axis powers of ten. */
export function chartData({ x, lines, log, floor = -Infinity }: Plot): uPlot.AlignedData {
  const shown = ({ values }: Line): (number | null)[] =>
    values.map((value) => (value === null ? null : log ? Math.log10(value) : Math.max(value, floor)));
  return [[...x], ...lines.map(shown)];
}

const known = (values: ArrayLike<number | null | undefined> | undefined): number =>
  Array.from(values ?? []).filter((value) => value !== null).length;

/** All values and the level, with some room around them; never without extent. */
export function rangeOf(plot: Plot): [number, number] {
  const { log, from, to, level, dot } = plot;
  const values = chartData(plot)
    .slice(1)
    .flatMap((line) => Array.from(line as (number | null)[]))
    .filter((value): value is number => value !== null && Number.isFinite(value));
  if (level)
    values.push(level.value * (1 - (level.tolerance ?? 0)), level.value * (1 + (level.tolerance ?? 0)));
  if (dot) values.push(dot.value);
  for (const end of [from, to]) if (end !== undefined) values.push(end);
  if (values.length === 0) return log ? [-2, -1] : [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (log) return [low - 0.06, high + 0.06];
  const room = high > low ? 0.06 * (high - low) : Math.max(0.5, 0.05 * Math.abs(high));
  return [low === from ? low : low - room, high === to ? high : high + room];
}

function drawLevel(chart: uPlot, { level }: Plot, paint: Paint): void {
  if (!level) return;
  const { ctx, bbox } = chart;
  const { value, label, side, tolerance = 0 } = level;
  const place = (height: number): number => chart.valToPos(height, 'y', true);
  ctx.save();
  if (tolerance > 0) {
    ctx.fillStyle = paint('good-tint');
    const top = place(value * (1 + tolerance));
    ctx.fillRect(bbox.left, top, bbox.width, place(value * (1 - tolerance)) - top);
  }
  ctx.strokeStyle = paint(tolerance > 0 ? 'good' : 'ink');
  ctx.lineWidth = 1.25 * uPlot.pxRatio;
  ctx.setLineDash([5 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, place(value));
  ctx.lineTo(bbox.left + bbox.width, place(value));
  ctx.stroke();
  ctx.textAlign = side;
  const edge = side === 'left' ? bbox.left + 6 * uPlot.pxRatio : bbox.left + bbox.width - 6 * uPlot.pxRatio;
  // Quality ends above its level, time comes down to it: the label stands where the curve is not.
  const down = side === 'left' ? -6 : 15;
  write(ctx, label, edge, place(value) + down * uPlot.pxRatio, paint('ink'));
  ctx.restore();
}

function drawDot(chart: uPlot, { dot }: Plot, paint: Paint): void {
  const { ctx } = chart;
  const last = chart.data[0].at(-1);
  if (!dot || last === undefined) return;
  const [x, y] = [chart.valToPos(last, 'x', true), chart.valToPos(dot.value, 'y', true)];
  ctx.save();
  ctx.fillStyle = paint('orange');
  ctx.beginPath();
  ctx.arc(x, y, 4.5 * uPlot.pxRatio, 0, 2 * Math.PI);
  ctx.fill();
  ctx.textAlign = 'right';
  write(ctx, dot.label, x - 9 * uPlot.pxRatio, y + 4 * uPlot.pxRatio, paint('ink'));
  ctx.restore();
}

function write(ctx: CanvasRenderingContext2D, text: string, x: number, y: number, colour: string): void {
  ctx.font = font.replace('12', String(12 * uPlot.pxRatio));
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}
