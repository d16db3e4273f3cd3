import { expansion, type CandidateOp, type Space } from '../search/space';
import { referenceMegapixels } from './networks';
import type { PartCosts } from './penalty';

/** Measured candidates; a deployed edge-oriented block is a conv3x3. */
export const tableOps = ['conv3x3', 'sep3x3', 'sep5x5', 'invertedResidual'] as const;
export type TableOp = (typeof tableOps)[number];

/** The same thing for each measured candidate. */
export const perOp = <T>(make: (op: TableOp) => T): Record<TableOp, T> => ({
  conv3x3: make('conv3x3'),
  sep3x3: make('sep3x3'),
  sep5x5: make('sep5x5'),
  invertedResidual: make('invertedResidual'),
});

/** Raised whenever entries of older tables mean something else. */
export const tableFormat = 2;

/**
 * Measured times on a grid of widths: one 256x256 tile of the small picture, as multiples of the reference network's
 * time measured in the same run.
 */
export interface TableData {
  format: number;
  /** The device, runtime and threads that it was measured with. */
  key: string;
  /** Milliseconds of one tile of the reference network. */
  referenceMs: number;
  widths: readonly number[];
  /**
   * `cells[op][i][j]`, j <= i: a cell with `op` at both positions between the widths i and j, so the sum of both
   * directions, ReLUs and the residual addition.
   */
  cells: Readonly<Record<TableOp, readonly (readonly number[])[]>>;
  /** `alone[op][i]`: a cell with `op` behind an identity; a dense one takes the residual addition into its kernel. */
  alone: Readonly<Record<TableOp, readonly number[]>>;
  /** `ends[scale][i]`: a whole network without cells. */
  ends: Readonly<Record<Space['scale'], readonly number[]>>;
  /** `add[i]`: adding one earlier feature. */
  add: readonly number[];
}

/** What the parts of a network cost on one device, in multiples of the reference network's time for one tile. */
export class LatencyTable implements PartCosts {
  constructor(readonly data: TableData) {}

  /**
   * A table from formulas: for tests, and for planning without a device. `cell`: both directions together; an operation alone
   * is half of that.
   */
  static synthetic(
    cell: (op: TableOp, width: number, inner: number) => number,
    ends: (width: number, scale: Space['scale']) => number,
    add: (width: number) => number,
    widths: readonly number[] = [8, 16, 32, 64],
  ): LatencyTable {
    return new LatencyTable({
      format: tableFormat,
      key: 'synthetic',
      referenceMs: 1,
      widths,
      cells: perOp((op) => widths.map((a, i) => widths.slice(0, i + 1).map((b) => cell(op, a, b)))),
      alone: perOp((op) => widths.map((width) => cell(op, width, width) / 2)),
      ends: {
        2: widths.map((w) => ends(w, 2)),
        3: widths.map((w) => ends(w, 3)),
        4: widths.map((w) => ends(w, 4)),
      },
      add: widths.map(add),
    });
  }

  /** Milliseconds per output megapixel of the reference network, when the table was measured. */
  get refMsPerMP(): number {
    return this.data.referenceMs / referenceMegapixels;
  }

  /** Number of measured figures. */
  get entries(): number {
    const { cells, alone, ends, add } = this.data;
    const rows = [...Object.values(cells).flat(), ...Object.values(alone), ...Object.values(ends), add];
    return rows.reduce((sum, row) => sum + row.length, 0);
  }

  /**
   * One candidate with its ReLU, cin -> cout: its share of the cell with the same two widths, divided between the two
   * directions by multiply-accumulates. Bilinear between the grid's widths, proportional to cin * cout beyond the
   * widest, 0 for a width of 0.
   */
  op(op: Exclude<CandidateOp, 'identity'>, cin: number, cout: number): number {
    if (cin === 0 || cout === 0) return 0;
    const measured = deployedAs(op);
    const grid = this.data.cells[measured];
    const both = this.between(cin, (i) => this.between(cout, (j) => grid[Math.max(i, j)]![Math.min(i, j)]!));
    const macs = macsPerPixel[measured];
    return (both * macs(cin, cout)) / (macs(cin, cout) + macs(cout, cin));
  }

  /** One candidate behind an identity, trunk to trunk, with all that the cell takes; beyond the widest by the square. */
  alone(op: Exclude<CandidateOp, 'identity'>, trunk: number): number {
    const measured = this.data.alone[deployedAs(op)];
    return Math.max(1, trunk / this.data.widths.at(-1)!) * this.between(trunk, (i) => measured[i]!);
  }

  /** Stem, tail, skip path and pixel shuffle of a network of that trunk width. */
  ends(trunk: number, scale: number): number {
    const measured = this.data.ends[scale as Space['scale']];
    return this.between(trunk, (i) => measured[i]!);
  }

  /** Adding an earlier feature before the tail. */
  add(trunk: number): number {
    return this.between(trunk, (i) => this.data.add[i]!);
  }

  /** Linear between grid points; a width below the narrowest counts as that, beyond the widest values grow with it. */
  private between(width: number, at: (index: number) => number): number {
    const { widths } = this.data;
    const last = widths.length - 1;
    if (width >= widths[last]!) return (at(last) * width) / widths[last]!;
    const above = Math.max(
      1,
      widths.findIndex((known) => known > width),
    );
    const [from, to] = [widths[above - 1]!, widths[above]!];
    const part = Math.max(0, (width - from) / (to - from));
    return at(above - 1) * (1 - part) + at(above) * part;
  }
}

const deployedAs = (op: Exclude<CandidateOp, 'identity'>): TableOp => (op === 'edgeConv3x3' ? 'conv3x3' : op);

const macsPerPixel: { [Op in TableOp]: (cin: number, cout: number) => number } = {
  conv3x3: (cin, cout) => 9 * cin * cout,
  sep3x3: (cin, cout) => cin * (9 + cout),
  sep5x5: (cin, cout) => cin * (25 + cout),
  invertedResidual: (cin, cout) => expansion * cin * (cin + 9 + cout),
};
