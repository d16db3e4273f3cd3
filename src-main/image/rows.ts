import type { Pixels } from './pixels';

/** Size and kind of samples of a picture, whatever holds them. */
export type Shape = Omit<Pixels, 'data'>;

/** A picture whose rows are read when they are needed. */
export interface RowSource extends Shape {
  /** Rows [y, y + height); not to be changed. */
  rows(y: number, height: number): Promise<Pixels>;
}

/** A picture that is written band by band. */
export interface RowSink extends Shape {
  /** Room for rows [y, y + height). They count once they are put back. */
  band(y: number, height: number): Pixels;
  put(y: number, band: Pixels): Promise<void>;
}

/** Bytes of all samples. */
export const sampleBytes = ({ width, height, channels, depth }: Shape): number =>
  (width * height * channels * depth) / 8;

/** A picture in memory as rows: bands are views of it. */
export function rowsOf(pixels: Pixels): RowSource & RowSink {
  const { width, height, channels, depth } = pixels;
  const view = (y: number, rows: number): Pixels => ({
    ...{ width, channels, depth },
    height: rows,
    data: pixels.data.subarray(y * width * channels, (y + rows) * width * channels),
  });
  return {
    ...{ width, height, channels, depth },
    rows: (y, rows) => Promise.resolve(view(y, rows)),
    band: view,
    put: () => Promise.resolve(),
  };
}
