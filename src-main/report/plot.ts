import { axis, type Axis } from './axis';
import { at, markup, type Markup } from './markup';

/** Colours that stay apart for colour-blind eyes; their values are in the page's style. */
export type Colour = 'blue' | 'orange' | 'green' | 'purple' | 'ink';

export interface Series {
  /** Written at the end of the line; none where the plot's title says it all. */
  label?: string;
  colour: Colour;
  points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  title: string;
  /** What there is to see, for people who never read such a curve. */
  caption: string;
  x: { label: string; to: number };
  y: {
    unit: string;
    log?: boolean;
    /** Least and largest value that must be in sight; lines may leave the plot below `floor`. */
    from?: number;
    to?: number;
    floor?: number;
  };
  series: readonly Series[];
  /** Lines across, each perhaps with a band around it. */
  levels?: readonly { y: number; label: string; band?: readonly [number, number] }[];
  /** Single measurements. */
  dots?: readonly { x: number; y: number; label: string; colour: Colour }[];
  /** Stages in time, told apart by their ground. */
  stages?: readonly { from: number; to: number; label: string; colour: Colour; shaded: boolean }[];
}

const size = { width: 520, height: 290 };
const frame = { left: 50, top: 44, bottom: 248 };
/** Labels at the ends of lines need room. */
const rightEdge = { labelled: 426, plain: 512 };

/** Lines over time as SVG: axes with units, direct labels at the lines' ends, values as tooltips. */
export function drawPlot(plot: Plot): Markup {
  const labels = labelsOf(plot);
  const right = labels.length > 0 ? rightEdge.labelled : rightEdge.plain;
  const x = axis({ from: 0, to: plot.x.to, start: frame.left, end: right, marks: 6 });
  const y = verticalAxis(plot);
  const clip = `clip-${plot.title.toLowerCase().replace(/[^a-z]+/g, '-')}`;
  return markup`<svg class="plot" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${describe(plot)}">
<clipPath id="${clip}"><rect x="${frame.left}" y="${frame.top - 4}" width="${right - frame.left + 5}" height="${frame.bottom - frame.top + 8}"/></clipPath>
${drawStages(plot, x)}${drawAxes(plot, x, y, right)}
<g clip-path="url(#${clip})">${drawLevels(plot, y, right)}${plot.series.map((line) => drawLine(line, x, y))}</g>
${(plot.dots ?? []).map((dot) => markup`<circle class="dot ${dot.colour}" cx="${at(x.place(dot.x))}" cy="${at(y.place(dot.y))}" r="4.5"/>`)}
${drawLabels(labels, y, right)}</svg>`;
}

function verticalAxis({ y, series, levels = [], dots = [] }: Plot): Axis {
  const values = [
    ...series.flatMap(({ points }) => points.map(([, value]) => value)),
    ...levels.flatMap((level) => [level.y, ...(level.band ?? [])]),
    ...dots.map((dot) => dot.y),
    ...[y.from, y.to].filter((value) => value !== undefined),
  ];
  const from = Math.max(Math.min(...values), y.floor ?? -Infinity);
  const to = Math.max(...values);
  const room = y.log ? 1 : (to - from) * 0.04;
  return axis({
    // What is never below zero gets no axis below it.
    from: y.log ? from / 1.08 : from < 0 ? from - room : Math.max(0, from - (y.from === from ? 0 : room)),
    to: y.log ? to * 1.08 : to + (y.to === to ? 0 : room),
    start: frame.bottom,
    end: frame.top,
    ...(y.log && { log: true }),
    round: true,
  });
}

function drawStages({ stages = [] }: Plot, x: Axis): Markup[] {
  return stages.map(({ from, to, label, colour, shaded }) => {
    const [left, right] = [x.place(from), x.place(to)];
    return markup`${shaded && markup`<rect class="stage" x="${at(left)}" y="${frame.top}" width="${at(right - left)}" height="${frame.bottom - frame.top}"/>`}<text class="label ${colour}" x="${at((left + right) / 2)}" y="${frame.top - 7}" text-anchor="middle">${label}</text>`;
  });
}

function drawAxes(plot: Plot, x: Axis, y: Axis, right: number): Markup {
  const { left, bottom } = frame;
  const rows = y.ticks.map(({ value, text }) => {
    const height = at(y.place(value));
    return markup`<line class="grid" x1="${left}" x2="${right}" y1="${height}" y2="${height}"/><text x="${left - 8}" y="${height + 4}" text-anchor="end">${text}</text>`;
  });
  const columns = x.ticks.map(
    ({ value, text }) =>
      markup`<text x="${at(x.place(value))}" y="${bottom + 18}" text-anchor="middle">${text}</text>`,
  );
  return markup`${rows}<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>${columns}<text x="${right}" y="${bottom + 35}" text-anchor="end" class="small">${plot.x.label}</text><text x="0" y="14" class="small">${plot.y.unit}</text>`;
}

function drawLevels({ levels = [] }: Plot, y: Axis, right: number): Markup[] {
  const { left } = frame;
  return levels.map(({ y: value, band }) => {
    const height = at(y.place(value));
    const [low, high] = (band ?? [value, value]).map((edge) => y.place(edge)) as [number, number];
    return markup`${band && markup`<rect class="band" x="${left}" y="${at(high)}" width="${right - left}" height="${at(low - high)}"/>`}<line class="level" x1="${left}" x2="${right}" y1="${height}" y2="${height}"/>`;
  });
}

function drawLine({ points, colour }: Series, x: Axis, y: Axis): Markup {
  const spots = points.map(([across, up]) => [at(x.place(across)), at(y.place(up)), up] as const);
  const path = spots.map(([left, top], i) => `${i === 0 ? 'M' : 'L'}${left} ${top}`).join('');
  const values = spots.map(
    ([left, top, value]) =>
      markup`<circle class="touch" cx="${left}" cy="${top}" r="6"><title>${Number(value.toPrecision(4))}</title></circle>`,
  );
  return markup`<path class="line ${colour}" d="${path}"/>${values}`;
}

interface Label {
  label: string;
  colour: Colour;
  y: number;
}

function labelsOf({ series, levels = [], dots = [] }: Plot): Label[] {
  const ends = series.flatMap(({ label, colour, points }) => {
    const last = points.at(-1);
    return label === undefined || last === undefined ? [] : [{ label, colour, y: last[1] }];
  });
  return [...ends, ...levels.map(({ label, y }) => ({ label, colour: 'ink' as const, y })), ...dots];
}

/** Least distance between two labels. */
const spacing = 15;

/** Labels to the right of where their lines end, pushed apart where they would meet. */
function drawLabels(labels: readonly Label[], y: Axis, right: number): Markup[] {
  const placed = labels
    .map((label) => ({ ...label, top: inFrame(y.place(label.y)) }))
    .sort((a, b) => a.top - b.top);
  placed.forEach((label, i) => {
    if (i > 0) label.top = Math.max(label.top, placed[i - 1]!.top + spacing);
  });
  // What was pushed out at the bottom pushes back.
  placed.reduceRight(
    (below, label) => (label.top = Math.min(label.top, below - spacing)),
    frame.bottom + spacing,
  );
  return placed.map(
    ({ label, colour, top }) =>
      markup`<text class="label ${colour}" x="${right + 9}" y="${at(top + 4)}">${label}</text>`,
  );
}

const inFrame = (top: number): number => Math.min(Math.max(top, frame.top), frame.bottom);

/** The plot in one sentence, for screen readers. */
function describe({ title, y, series }: Plot): string {
  const ends = series.flatMap(({ label, points }) => {
    const [first, last] = [points[0]?.[1], points.at(-1)?.[1]];
    if (first === undefined || last === undefined) return [];
    return [`${label ?? 'from'} ${Number(first.toPrecision(3))} to ${Number(last.toPrecision(3))}`];
  });
  return `${title} in ${y.unit}: ${ends.join('; ')}`;
}
