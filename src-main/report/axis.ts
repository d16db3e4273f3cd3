/** A number line: where a value lies on the page, and which round values are marked. */
export interface Axis {
  place: (value: number) => number;
  ticks: { value: number; text: string }[];
}

export interface AxisOptions {
  /** The values at both ends; widened to round ones where `round` says so. */
  from: number;
  to: number;
  /** The ends in units of the drawing. */
  start: number;
  end: number;
  log?: boolean;
  round?: boolean;
  /** About how many marks. */
  marks?: number;
}

/** An axis with marks at round values; a range without extent is widened. On a logarithmic one both ends are above 0. */
export function axis({ from, to, start, end, log = false, round = false, marks = 5 }: AxisOptions): Axis {
  const bend = log ? Math.log : (x: number) => x;
  const least = 1e-6 * Math.max(Math.abs(from), Math.abs(to)) + (log ? 0 : 1e-9);
  if (!(to - from > least)) [from, to] = log ? [from / 1.5, from * 1.5] : [from - 0.5, from + 0.5];
  const step = roundStep((to - from) / marks);
  if (round && !log) [from, to] = [Math.floor(from / step + 1e-9) * step, Math.ceil(to / step - 1e-9) * step];
  const [low, high] = [bend(from), bend(to)];
  const values = (log && logTicks(from, to, marks)) || linearTicks(from, to, step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    place: (value) => start + ((bend(value) - low) / (high - low)) * (end - start),
    // Tick by tick to the same digits, except where each is a round number of its own size.
    ticks: values.map((value) => ({
      value,
      text: log && to > 4 * from ? shortText(value) : value.toFixed(value === 0 ? 0 : digits),
    })),
  };
}

/** 1, 2 or 5 times a power of ten: the least that is not below `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return ([1, 2, 5].find((factor) => factor * power >= step * (1 - 1e-9)) ?? 10) * power;
}

function linearTicks(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** 1, 2, 3, 5 times powers of ten, or more or fewer of them by the room there is; none where the range is too narrow. */
function logTicks(from: number, to: number, marks: number): number[] | undefined {
  if (to <= 4 * from) return undefined;
  const first = Math.floor(Math.log10(from));
  const powers = Array.from({ length: Math.ceil(Math.log10(to)) - first + 1 }, (_, i) => 10 ** (first + i));
  const choices = [[1, 1.5, 2, 3, 4, 5, 7], [1, 2, 3, 5], [1, 2, 5], [1, 3], [1]].map((factors) =>
    powers
      .flatMap((power) => factors.map((factor) => factor * power))
      .filter((value) => value >= from * 0.999 && value <= to * 1.001),
  );
  return choices.find((values) => values.length <= marks + 1) ?? choices.at(-1)!;
}

const shortText = (value: number): string => String(Number(value.toPrecision(2)));
