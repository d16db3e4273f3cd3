import type { Belief } from '../../src-main/shared/things';
import { opOrder } from './opLooks';

// Places and weights of everything in the picture of a search: its three levels at one moment, from left to right.

/** What a search has been seen to choose from, so that what is gone keeps its place. Widths rise. */
export interface Seen {
  cells: number;
  widths: number[];
}

export const nothingSeen: Seen = { cells: 0, widths: [] };

/** Takes in what a belief holds; the same object where that is nothing new. */
export function see(seen: Seen, { cells, trunk }: Belief): Seen {
  const names = [trunk, ...cells.map(({ inner }) => inner)].flat().map(({ name }) => Number(name));
  const widths = [...new Set([...seen.widths, ...names])].sort((a, b) => a - b);
  const most = Math.max(seen.cells, cells.length);
  return most === seen.cells && widths.length === seen.widths.length ? seen : { cells: most, widths };
}

export const gutter = 124;
const stemWidth = 84;
const endWidth = 52;
const laneHeight = 25;
/** Heights of the way out, the trunk, the shortcut, the first lane of operations, the feet of the widths. */
export const rows = { out: 30, trunk: 72, shortcut: 100, ops: 134, widths: 346, cells: 384 } as const;
export const height = 392;
const tallestWidth = 46;

export interface Segment {
  key: string;
  path: string;
  /** 0..1: how likely the search is to take this way. */
  weight: number;
}
export interface Dot {
  key: string;
  x: number;
  y: number;
  op: string;
  p: number;
}
export interface WidthBar {
  key: string;
  x: number;
  y: number;
  width: number;
  height: number;
  p: number;
}
export interface Exit extends Segment {
  x: number;
  label: number | undefined;
}
export interface BeliefLayout {
  width: number;
  end: number;
  lanes: { op: string; y: number }[];
  /** Where operations are, or have been. */
  places: { x: number; y: number }[];
  trunk: Segment[];
  out: Segment[];
  exits: Exit[];
  shortcuts: Segment[];
  threads: Segment[];
  dots: Dot[];
  bars: WidthBar[];
  /** The width that each column has settled on or leans to. */
  settled: { key: string; x: number; width: number }[];
  cells: { x: number; number: number; reach: number }[];
}

/** Ways that are hardly taken are not worth a line. */
const least = 0.004;

/** The picture of a belief; cells and widths that were seen before and are gone keep their places. */
export function layOutBelief({ exits, fusions, trunk, cells }: Belief, seen: Seen): BeliefLayout {
  const pitch = Math.min(104, Math.max(46, 800 / seen.cells));
  const start = gutter + stemWidth;
  const tap = (j: number): number => start + pitch * j;
  const end = tap(seen.cells) + endWidth - 18;
  const reachOf = (cell: number): number => sumOf(exits, ({ name }) => Number(name) > cell);
  const numbers = Array.from({ length: seen.cells }, (_, c) => c);
  const lanes = opOrder.map((op, i) => ({ op, y: rows.ops + laneHeight * i }));
  const laneOf = (op: string): number => lanes.find((lane) => lane.op === op)?.y ?? rows.ops;
  const columnsOf = (cell: number): [number, number] => [tap(cell) + 0.26 * pitch, tap(cell) + 0.74 * pitch];
  const columns = numbers.flatMap(columnsOf);
  const layout: BeliefLayout = {
    places: columns.flatMap((x) => lanes.map(({ y }) => ({ x, y }))),
    ...{ width: end + 18, end, lanes, exits: [], out: [], shortcuts: [], threads: [], dots: [] },
    ...{ bars: [], settled: [], trunk: [line('stem', gutter + 14, start, rows.trunk, 1)] },
    cells: numbers.map((c) => ({ x: tap(c) + pitch / 2, number: c + 1, reach: reachOf(c) })),
  };

  for (const c of numbers) {
    layout.trunk.push(line(`trunk${c}`, tap(c), tap(c + 1), rows.trunk, reachOf(c)));
    const left = sumOf(exits, ({ name }) => Number(name) <= c + 1);
    const next = c + 1 === seen.cells ? end : tap(c + 2);
    layout.out.push(line(`out${c}`, tap(c + 1) + 18, next + 18, rows.out, left));
    const p = sumOf(exits, ({ name }) => Number(name) === c + 1);
    const x = tap(c + 1);
    const path = `M${x} ${rows.trunk}C${x + 16} ${rows.trunk} ${x + 2} ${rows.out} ${x + 18} ${rows.out}`;
    layout.exits.push({ key: `exit${c}`, path, weight: p, x: x + 9, label: p >= 0.05 ? p : undefined });
  }
  layout.out.at(-1)!.path = `M${tap(seen.cells) + 18} ${rows.out}H${end}`;

  const fused = fusions.filter(({ name }) => name !== 'none');
  for (let j = 0; j < seen.cells; j++) {
    const taken = sumOf(fused, ({ name }) => Number(name) <= j);
    layout.shortcuts.push(
      line(`shortcut${j}`, tap(j), j + 1 === seen.cells ? end : tap(j + 1), rows.shortcut, taken),
    );
  }
  const all = sumOf(fused, () => true);
  layout.shortcuts.push({ key: 'joins', path: `M${end} ${rows.shortcut}V${rows.out}`, weight: all });

  cells.forEach(({ ops, inner }, c) => {
    const reach = reachOf(c);
    const [first, second] = columnsOf(c);
    const thread = (key: string, from: Place, to: Place, p: number): void => {
      if (p * reach > least) layout.threads.push({ key, path: bow(from, to), weight: p * reach });
    };
    ops.forEach((list, i) => {
      const x = i === 0 ? first : second;
      const before = ops[i - 1];
      for (const { name, p } of list) {
        const here = { x, y: laneOf(name) };
        layout.dots.push({ key: `${c}.${i}.${name}`, ...here, op: name, p: p * reach });
        if (!before) thread(`${c}.in.${name}`, { x: tap(c), y: rows.trunk }, here, p);
        for (const from of before ?? []) {
          const there = { x: first, y: laneOf(from.name) };
          thread(`${c}.${i}.${from.name}.${name}`, there, here, from.p * p);
        }
        if (i === ops.length - 1) thread(`${c}.out.${name}`, here, { x: tap(c) + pitch, y: rows.trunk }, p);
      }
    });
    addWidths(layout, seen, `cell${c}`, { x: tap(c) + pitch * 0.16, width: pitch * 0.68, reach }, inner);
  });
  addWidths(layout, seen, 'trunk', { x: gutter + 16, width: 62, reach: 1 }, trunk);
  return layout;
}

interface Place {
  x: number;
  y: number;
}

type Probabilities = Belief['exits'];

function sumOf(list: Probabilities, counts: (one: Probabilities[number]) => boolean): number {
  return Math.min(
    1,
    list.filter(counts).reduce((sum, { p }) => sum + p, 0),
  );
}

const line = (key: string, from: number, to: number, y: number, weight: number): Segment => ({
  ...{ key, weight },
  // Overlapping by a hair, or seams would show.
  path: `M${from - 0.5} ${y}H${to + 0.5}`,
});

/** A thread that leaves and arrives level. */
function bow(from: Place, to: Place): string {
  const middle = (from.x + to.x) / 2;
  return `M${from.x} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
}

/** A staircase of widths, each as visible as it is likely. */
function addWidths(
  layout: BeliefLayout,
  { widths }: Seen,
  key: string,
  place: { x: number; width: number; reach: number },
  list: Probabilities,
): void {
  const step = place.width / widths.length;
  widths.forEach((width, i) => {
    const p = sumOf(list, ({ name }) => Number(name) === width) * place.reach;
    const tall = (tallestWidth * width) / widths.at(-1)!;
    const [x, y] = [place.x + step * i + 1, rows.widths - tall];
    layout.bars.push({ key: `${key}.${width}`, x, y, width: step - 2, height: tall, p });
  });
  const best = list.reduce((most, one) => (one.p > most.p ? one : most));
  if (best.p * place.reach > 0.5)
    layout.settled.push({ key, x: place.x + place.width / 2, width: Number(best.name) });
}
