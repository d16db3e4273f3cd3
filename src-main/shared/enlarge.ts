// Any enlargement, by networks that know one each: they are run until the picture is large enough, then it is reduced.

/** Where neither a factor nor a model is chosen. */
export const usualScale = 2;
export const leastFactor = 1.5;
export const mostFactor = 16;

/** How often a network of that scale is run for a picture to become `factor` times as wide, or more; at least once. */
export function runsFor(factor: number, scale: number): number {
  // 4 is 2 twice, whatever the logarithms round to.
  return Math.max(1, Math.ceil(Math.log(factor) / Math.log(scale) - 1e-9));
}

/** How many times too wide the runs make it, which is then resampled away: 1 where nothing is left to do. */
export function excessOf(factor: number, scale: number): number {
  return scale ** runsFor(factor, scale) / factor;
}

/** Of the scales that there are networks for, those that leave the least to resample; in fewer runs first. */
export function byExcess(factor: number): (a: number, b: number) => number {
  return (a, b) => excessOf(factor, a) - excessOf(factor, b) || runsFor(factor, a) - runsFor(factor, b);
}

/** The result's size. */
export function enlarged(
  { width, height }: { width: number; height: number },
  factor: number,
): { width: number; height: number } {
  return { width: Math.round(width * factor), height: Math.max(1, Math.round(height * factor)) };
}
