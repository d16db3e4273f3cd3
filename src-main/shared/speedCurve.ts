import type { SpeedCurve } from './things';

/** Expected dB above bicubic of a network that takes `ratio` times the reference's time, between the curve's points. */
export function gainAt({ points }: Pick<SpeedCurve, 'points'>, ratio: number): number {
  const above = points.findIndex((point) => point.ratio >= ratio);
  if (above <= 0) return (points.at(above) ?? { gain: 0 }).gain;
  const [a, b] = [points[above - 1]!, points[above]!];
  const share = Math.log(ratio / a.ratio) / Math.log(b.ratio / a.ratio);
  return a.gain + share * (b.gain - a.gain);
}
