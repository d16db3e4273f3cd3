import type { NetworkPlan } from '../../src-main/shared/things';
import { lookOf, type OpLook } from './opLooks';

// Places of the parts of a finished network, from left to right; all figures are units of the drawing.

const slot = 64;
const boxWidth = 58;
const gap = 30;
const tallest = 112;
export const barWidth = 30;
/** Heights of the lines that features run along: the trunk, the residuals, the fusion, the skip path. */
export const lines = { trunk: 118, residual: 50, fusion: 24, skip: 246 } as const;
export const captionTop = lines.trunk + tallest / 2 + 20;
export const height = 278;

/** A layer with weights: its height stands for channels. An identity has neither height nor channels. */
export interface Layer {
  middle: number;
  tall: number;
  channels: number;
  op: string | undefined;
  look: OpLook | undefined;
}
/** A line that leaves the trunk and meets it again in a sum. */
export interface Jump {
  kind: 'residual' | 'fusion' | 'skip';
  path: string;
  middle: number;
  /** The cell that a residual goes around or a fusion comes from; 0 for the stem. */
  cell: number;
  /** The last of the equal cells that are drawn as that one. */
  lastCell: number;
  top: number;
}
export interface NetworkLayout {
  width: number;
  layers: Layer[];
  jumps: Jump[];
  /** Places of sums on the trunk. */
  sums: number[];
  /** Left edges of what is no layer: the photo, the pixel shuffle. */
  boxes: { photo: number; shuffle: number };
  boxWidth: number;
  stem: number;
  tail: number;
}

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const rounded = (value: number): number => Math.round(value * 100) / 100;

/** Lays out a network with nothing left to choose, from photo to pixel shuffle; equal cells in a row are drawn once. */
export function layOutNetwork({ scale, trunk, exits, fusions, cells: all }: NetworkPlan): NetworkLayout {
  const cells = all.slice(0, exits[0]);
  const width = trunk[0]!;
  const last = 3 * scale ** 2;
  const widest = Math.max(width, last, ...cells.map(({ inner }) => inner[0]!));
  const [layers, jumps, sums]: [Layer[], Jump[], number[]] = [[], [], []];
  let x = 10;

  const layer = (channels: number, op?: string): number => {
    const look = op === undefined ? undefined : lookOf(op);
    const tall = op === 'identity' ? 0 : Math.max(14, (channels * tallest) / widest);
    layers.push({ middle: x + slot / 2, tall: rounded(tall), channels, op, look });
    x += slot;
    return layers.length - 1;
  };
  const sum = (): number => {
    const place = x + 10;
    sums.push(place);
    x += 20;
    return place;
  };
  const jump = (kind: Jump['kind'], from: number, to: number, cell: number, lastCell = cell): void => {
    const top = lines[kind];
    const below = top > lines.trunk;
    const bow = below ? 8 : -8;
    const edge = below ? lines.trunk + 8 : lines.trunk - 8;
    const path = `M${from} ${lines.trunk}V${top - bow}q0 ${bow} 8 ${bow}H${to - 8}q8 0 8 ${-bow}V${edge}`;
    jumps.push({ kind, path, cell, lastCell, middle: (from + to) / 2, top: below ? top + 18 : top - 7 });
  };

  const photo = x;
  x += boxWidth + 14;
  const input = x;
  const stem = layer(width);
  const [fused] = fusions;
  /** Where feature j (0 = stem, j = behind cell j) can be tapped; not between cells that are drawn as one. */
  const taps = [(x += gap / 2)];
  for (let cell = 1, lastCell; cell <= cells.length; cell = lastCell + 1) {
    const { inner, ops } = cells[cell - 1]!;
    lastCell = cell;
    while (lastCell !== fused && isEqual(cells[lastCell], cells[cell - 1])) lastCell++;
    const [first, second] = [ops[0]![0]!, ops[1]![0]!];
    const start = x;
    x += 6;
    layer(first === 'identity' ? width : inner[0]!, first);
    layer(width, second);
    jump('residual', start, sum(), cell, lastCell);
    taps[lastCell] = x += gap / 2;
  }
  if (typeof fused === 'number' && fused < cells.length) jump('fusion', taps[fused]!, sum(), fused);
  const tail = layer(last);
  jump('skip', input + 4, sum(), 0);
  const shuffle = x + 14;
  return {
    ...{ layers, jumps, sums, boxWidth, stem, tail },
    boxes: { photo, shuffle },
    width: shuffle + boxWidth + 50,
  };
}
