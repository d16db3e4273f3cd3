import { number } from '../state/words.svelte';

/** Round values of a logarithmic axis: as many of 1, 2, 3, 5 times powers of ten as there is room for. */
export function logTicks(from: number, to: number): number[] {
  const first = Math.floor(Math.log10(from));
  const powers = Array.from({ length: Math.ceil(Math.log10(to)) - first + 1 }, (_, i) => first + i);
  const choices = [[1, 1.5, 2, 3, 4, 5, 7], [1, 2, 3, 5], [1, 2, 5], [1, 3], [1]].map((factors) =>
    powers
      .flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(3))))
      .filter((tick) => tick >= from && tick <= to),
  );
  return choices.find((ticks) => ticks.length <= 6) ?? choices.at(-1)!;
}

/** All ticks of an axis with the same number of decimals: as many as the distance between them needs. */
export function tickTexts(ticks: readonly number[]): string[] {
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : 1;
  const digits = [0, 1, 2, 3].find((d) => Math.abs(step * 10 ** d - Math.round(step * 10 ** d)) < 1e-6) ?? 4;
  return ticks.map((tick) => number(tick, digits));
}

/** A tick of a logarithmic axis: each a round number of its own size. */
export const shortText = (value: number): string =>
  number(value, Math.max(0, Math.min(6, (String(Number(value.toPrecision(3))).split('.')[1] ?? '').length)));
