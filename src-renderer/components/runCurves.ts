import { budgetTolerance } from '../../src-main/shared/budget';
import type { Point } from '../../src-main/shared/things';
import { number, t, type WordKey } from '../state/words.svelte';
import type { Colour, Line, Plot } from './plot';

/** A search's points and what they are to be compared with. */
export interface Run {
  points: readonly Point[];
  bicubicOnCrops: number | null;
  /** Budget and measured model as ratios to the reference; null where not known yet. */
  budget: number | null;
  ratio: number | null;
}

/** An engine that died goes on from its last checkpoint: what it tells again takes the place of what it told before. */
export function withoutRepeats(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    while (kept.length > 0 && kept.at(-1)!.step >= point.step) kept.pop();
    kept.push(point);
  }
  return kept;
}

type Searched = Point & { search: NonNullable<Point['search']> };
type Look = Omit<NonNullable<Plot['level']>, 'value' | 'label'>;
type Value<P> = (point: P) => number | null;

/** The figures that a person follows while a search runs. */
export function mainCurves(run: Run): Plot[] {
  const { points, bicubicOnCrops, budget, ratio } = run;
  const whole = timeline(points);
  const level = (value: number | null, label: WordKey, look: Look): Pick<Plot, 'level'> =>
    value === null ? {} : { level: { value, label: t(label, { value: number(value, 2) }), ...look } };
  return [
    {
      ...named('quality'),
      ...{ unit: 'dB', digits: 2 },
      ...whole,
      lines: byStage(points, ({ psnr }) => psnr),
      ...(bicubicOnCrops !== null && { floor: bicubicOnCrops - 3 }),
      ...level(bicubicOnCrops, 'drawings.bicubicLevel', { side: 'right' }),
    },
    {
      ...named('time'),
      ...{ unit: t('drawings.timesReference'), digits: 2, from: 0 },
      ...timeline(searchedOf(points)),
      lines: bySearch(points, 'drawings.expected', 'blue', ({ search }) => search.expectedRatio),
      ...level(budget, 'drawings.budgetLevel', { side: 'left', tolerance: budgetTolerance }),
      ...(ratio !== null && {
        dot: { value: ratio, label: t('drawings.modelDot', { value: number(ratio, 2) }) },
      }),
    },
    {
      ...named('loss'),
      ...{ unit: '', digits: 4, log: true },
      ...whole,
      lines: byStage(points, ({ loss }) => (loss !== null && loss > 0 ? loss : null)),
    },
  ];
}

/** The rest, for those who want to look under the hood. */
export function furtherCurves({ points }: Run): Plot[] {
  const searching = timeline(searchedOf(points));
  const one = (key: FigureKey, colour: Colour, value: Value<Searched>, look: Partial<Plot>): Plot => ({
    ...named(key),
    ...{ unit: '', digits: 2 },
    ...searching,
    lines: bySearch(points, `drawings.${key}Title`, colour, value),
    ...look,
  });
  const levels = [
    ['network', 'blue'],
    ['cell', 'orange'],
    ['kernel', 'green'],
  ] as const;
  return [
    {
      ...named('alive'),
      ...{ unit: '', digits: 1, from: 1 },
      ...searching,
      lines: levels.flatMap(([level, colour]) =>
        bySearch(points, `drawings.${level}Level`, colour, ({ search }) => search.alive[level]),
      ),
    },
    one('radius', 'purple', ({ search }) => search.radius, { from: 0, to: 1 }),
    one('lambda', 'purple', ({ search }) => search.lambda, {}),
    one('support', 'green', ({ search }) => search.support, { digits: 0, from: 0 }),
    {
      ...named('pace'),
      ...{ unit: 'ms', digits: 0, from: 0 },
      ...timeline(points),
      lines: byStage(points, ({ msPerStep }) => msPerStep),
    },
  ];
}

type FigureKey = 'quality' | 'time' | 'loss' | 'alive' | 'radius' | 'lambda' | 'support' | 'pace';

const named = (key: FigureKey): Pick<Plot, 'key' | 'title' | 'caption'> => ({
  key,
  title: t(`drawings.${key}Title`),
  caption: t(`drawings.${key}Caption`, { tolerance: Math.round(budgetTolerance * 100) }),
});

const searchedOf = (points: readonly Point[]): Searched[] =>
  points.filter((point): point is Searched => point.search !== undefined);

/** Computing time in a unit that gives short numbers. */
function timeline(points: readonly Point[]): Pick<Plot, 'x' | 'xLabel'> {
  const last = points.at(-1)?.seconds ?? 0;
  const [unit, length] =
    last < 120
      ? (['seconds', 1] as const)
      : last < 7200
        ? (['minutes', 60] as const)
        : (['hours', 3600] as const);
  return { x: points.map(({ seconds }) => seconds / length), xLabel: t(`drawings.${unit}`) };
}

/** JSON has no NaN, but the engine's own points may. */
const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

/** One line for each stage; both are there from the beginning, so that a chart need not be made anew. */
function byStage(points: readonly Point[], value: Value<Point>): Line[] {
  const of = (stage: Point['stage']): Line['values'] =>
    points.map((point) => (point.stage === stage ? finite(value(point)) : null));
  return [
    { label: t('drawings.searchStage'), colour: 'blue', values: of('search') },
    { label: t('drawings.tuneStage'), colour: 'orange', values: of('tune') },
  ];
}

const bySearch = (
  points: readonly Point[],
  label: WordKey,
  colour: Colour,
  value: Value<Searched>,
): Line[] => [{ label: t(label), colour, values: searchedOf(points).map((point) => finite(value(point))) }];
