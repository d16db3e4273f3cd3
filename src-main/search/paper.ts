import { UserError } from '../base/errors';
import { add, conv, depthToSpace, expand, max, mul, relu, reshape } from '../graph/build';
import { numeric, type Node } from '../graph/ops';
import { heNormal, zeros, type Weights } from '../nn/params';

/**
 * The space of Wu et al., "Trilevel Neural Architecture Search for Efficient Single Image Super-Resolution" (METHOD
 * A1), scale 4, and of its ancestor AGD (Fu et al. 2020). The parameters and MACs of the published networks (METHOD
 * A5) fix what the text leaves open; inferred from them:
 * - stem, up layers, trunk, HR conv and tail have a bias, the convolutions inside of cells have none;
 * - a derived cell has its 1x1 shortcuts only where the width changes, and five ops: 64 -> w1 .. w4 -> 64;
 * - the residual of a cell is always 64 -> 64 and costs nothing; up layers convolve after the nearest x2.
 */
export const paperVariants = ['A', 'B', 'AGD'] as const;
export type PaperVariant = (typeof paperVariants)[number];

/** The candidates of every position in a cell, by their digit. "skip" is a 1x1 convolution, not an identity. */
export const paperPrimitives = ['skip', 'conv3x3', 'residual', 'dwsblock'] as const;
export type PaperPrimitive = (typeof paperPrimitives)[number];

/** Output widths of the ops 1 to 4 of a cell, by their digit: {1/3, 1/2, 2/3, 5/6, 1} x 64 in multiples of 8. */
export const paperWidths = [24, 32, 40, 56, 64] as const;
const nf = 64;

export interface PaperCell {
  ops: readonly PaperPrimitive[];
  /** Output channels of all five ops; the last is always 64. */
  widths: readonly number[];
}

export interface PaperGenotype {
  /** 0 is a cell, 1 an up layer (variant A) or a plain convolution (variant B); the AGD skeleton has no path. */
  path: string;
  cells: readonly PaperCell[];
}

/** Reads `path | ops per cell | width index per cell`, e.g. `0011 | 00020/33110 | 2033/4310`; AGD has an empty path. */
export function parsePaperGenotype(text: string): PaperGenotype {
  const wrong = (why: string) =>
    new UserError(
      `Expected a genotype like "0011 | 00020/33110 | 2033/4310" but received "${text}": ${why}.`,
    );
  const [path, ops, widths, ...rest] = text.split('|').map((part) => part.trim());
  if (path === undefined || ops === undefined || widths === undefined || rest.length > 0)
    throw wrong('it needs three parts');
  if (!/^[01]*$/.test(path)) throw wrong('the path holds 0 (cell) and 1 (layer) only');
  const [opRows, widthRows] = [ops.split('/'), widths.split('/')];
  if (!opRows.every((row) => /^[0-3]{5}$/.test(row))) throw wrong('a cell has five ops from 0 to 3');
  if (!widthRows.every((row) => /^[0-4]{4}$/.test(row))) throw wrong('a cell has four widths from 0 to 4');
  if (opRows.length !== widthRows.length) throw wrong('ops and widths differ in their number of cells');
  const onPath = Array.from(path).filter((action) => action === '0').length;
  if (path !== '' && onPath !== opRows.length) throw wrong(`the path has ${onPath} cells`);
  const cells = opRows.map((row, i) => ({
    ops: Array.from(row).map((digit) => paperPrimitives[Number(digit)]!),
    widths: [...Array.from(widthRows[i]!).map((digit) => paperWidths[Number(digit)]!), nf],
  }));
  return { path, cells };
}

export function printPaperGenotype({ path, cells }: PaperGenotype): string {
  const ops = cells.map((cell) => cell.ops.map((op) => paperPrimitives.indexOf(op)).join(''));
  const digitOf = (width: number) => paperWidths.findIndex((w) => w === width);
  const widths = cells.map((cell) => cell.widths.slice(0, -1).map(digitOf).join(''));
  return [path, ops.join('/'), widths.join('/')].join(' | ').trim();
}

/**
 * The derived network: lr [n, 3, h, w] of fixed size to [n, 3, 4 h, 4 w]. The published nets end in (tanh + 1) / 2,
 * which is left to the caller: it has no weights and no multiply-accumulates.
 */
export function paperNetwork(
  variant: PaperVariant,
  genotype: PaperGenotype,
  lr: Node,
  weights: Weights,
): Node {
  const stem = biased(weights, 'stem', lr, nf);
  return variant === 'AGD' ? agdBody(genotype, stem, weights) : treeBody(variant, genotype, stem, weights);
}

/** The prefix of the tree that the genotype names, then the tail of the variant. */
function treeBody(variant: 'A' | 'B', { path, cells }: PaperGenotype, stem: Node, weights: Weights): Node {
  const ups = Array.from(path).filter((action) => action === '1').length;
  if (variant === 'A' && ups !== 2)
    throw new UserError(`Expected two up layers in the path of variant A but received "${path}".`);
  let x = stem;
  let next = 0;
  Array.from(path).forEach((action, i) => {
    if (action === '0') x = cellOf(weights, `cell${next}`, x, cells[next++]!);
    else x = variant === 'A' ? up(weights, `up${i}`, x) : biased(weights, `conv${i}`, x, nf);
  });
  return variant === 'A'
    ? biased(weights, 'tail', x, 3)
    : depthToSpace(biased(weights, 'tail', x, 3 * 4 ** 2), 4);
}

/** AGD's fixed skeleton (arXiv 2006.08198): cells and trunk convolution under one long residual, two ups, HR convolution. */
function agdBody({ cells }: PaperGenotype, stem: Node, weights: Weights): Node {
  const body = cells.reduce((x, cell, i) => cellOf(weights, `cell${i}`, x, cell), stem);
  const trunk = add(stem, biased(weights, 'trunk', body, nf));
  const large = up(weights, 'up1', up(weights, 'up0', trunk));
  return biased(weights, 'tail', leakyRelu(biased(weights, 'hr', large, nf)), 3);
}

/** out = x + 0.2 f(x), f the five ops in sequence. */
function cellOf(weights: Weights, name: string, x: Node, { ops, widths }: PaperCell): Node {
  const f = ops.reduce((y, op, i) => primitives[op](weights, `${name}.op${i}`, y, widths[i]!), x);
  return add(x, mul(f, 0.2));
}

/** A candidate: x [n, c, h, w] to [n, width, h, w]. */
type Primitive = (weights: Weights, name: string, x: Node, width: number) => Node;

const primitives: { [P in PaperPrimitive]: Primitive } = {
  skip: (weights, name, x, width) => relu(plain(weights, name, x, width, 1)),
  conv3x3: (weights, name, x, width) => relu(plain(weights, name, x, width, 3)),
  residual: (weights, name, x, width) => {
    const inner = relu(plain(weights, `${name}.first`, x, width, 3));
    return relu(add(plain(weights, `${name}.second`, inner, width, 3), shortcut(weights, name, x, width)));
  },
  dwsblock: (weights, name, x, width) => {
    const wide = relu(plain(weights, `${name}.wide`, x, 4 * channels(x), 1));
    const kernel = weights(`${name}.depth`, [channels(wide), 1, 3, 3], heNormal());
    const narrow = plain(weights, `${name}.narrow`, relu(conv(wide, kernel)), width, 1);
    return relu(add(narrow, shortcut(weights, name, x, width)));
  },
};

const channels = (x: Node): number => numeric(x.shape)[1]!;

function shortcut(weights: Weights, name: string, x: Node, width: number): Node {
  return channels(x) === width ? x : plain(weights, `${name}.shortcut`, x, width, 1);
}

function plain(weights: Weights, name: string, x: Node, width: number, k: number): Node {
  return conv(x, weights(name, [width, channels(x), k, k], heNormal()));
}

function biased(weights: Weights, name: string, x: Node, width: number): Node {
  const kernel = weights(`${name}.kernel`, [width, channels(x), 3, 3], heNormal());
  return conv(x, kernel, weights(`${name}.bias`, [width], zeros));
}

function up(weights: Weights, name: string, x: Node): Node {
  return leakyRelu(biased(weights, name, nearestTwice(x), nf));
}

const leakyRelu = (x: Node): Node => max(x, mul(x, 0.2));

/** Nearest-neighbour enlargement by 2: every pixel repeated along both picture axes. */
function nearestTwice(x: Node): Node {
  const [n, c, h, w] = numeric(x.shape) as [number, number, number, number];
  return reshape(expand(reshape(x, [n, c, h, 1, w, 1]), [n, c, h, 2, w, 2]), [n, c, 2 * h, 2 * w]);
}
