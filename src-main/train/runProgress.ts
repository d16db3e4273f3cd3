import type { Budget } from '../shared/budget';
import type { Progress, SearchPhase } from '../shared/progress';
import type { Clock } from './run';
import type { Stage, TrainState } from './state';

const searchStages: Record<Stage, SearchPhase> = { search: 'searching', tune: 'training the model' };

/** Where each stage lies within a whole run. */
const spans: Record<Stage, readonly [number, number]> = { search: [0.04, 0.31], tune: [0.34, 0.96] };
const spanOf = ({ stage, plan }: TrainState): readonly [number, number] =>
  plan.search === 0 ? [spans.search[0], spans.tune[1]] : spans[stage];

/** Seconds that timing and checking the model take at the end. */
const finishing = 15;

/** Turns what happens in a search into progress events whose fraction never falls. */
export class RunProgress {
  private fraction = 0;
  private phase = '';

  constructor(
    private readonly tell: (progress: Progress) => void,
    private readonly phases = searchStages,
  ) {}

  /** Progress of a part of its own, placed between two fractions of the whole. */
  part(from: number, to: number): (progress: Progress) => void {
    return ({ phase, fraction, message }) => {
      this.phase = phase;
      this.send(from + (to - from) * fraction, message === undefined ? {} : { message });
    };
  }

  /** The same for a part that tells fractions only. */
  fractions(phase: SearchPhase, from: number, to: number): (fraction: number) => void {
    const tell = this.part(from, to);
    return (fraction) => {
      tell({ event: 'progress', phase, fraction });
    };
  }

  say(message: string): void {
    this.send(this.fraction, { message });
  }

  /** Begins a phase that has no steps. */
  enter(phase: SearchPhase, message: string, fraction = this.fraction): void {
    this.phase = phase;
    this.send(fraction, { message });
  }

  /** Figures for programs that are known once. */
  figures(data: Record<string, unknown>): void {
    this.send(this.fraction, { data });
  }

  step(state: TrainState, clock: Clock, budget?: Budget, data?: Record<string, unknown>): void {
    const t = clock.progress(state);
    const [from, to] = spanOf(state);
    this.phase = this.phases[state.stage];
    const latest = state.history.at(-1);
    const { search, psnr } = latest ?? {};
    const speed =
      search && budget ? `, ${search.expectedRatio.toFixed(2)} of ${budget.ratio.toFixed(2)} allowed` : '';
    const message =
      psnr === undefined ? undefined : `step ${state.step}, held-out ${psnr.toFixed(2)} dB${speed}`;
    this.send(from + (to - from) * t, {
      ...(message === undefined ? {} : { message }),
      secondsLeft: clock.secondsLeft(state) + finishing,
      ...(data ? { data } : {}),
    });
  }

  private send(fraction: number, rest: Partial<Progress>): void {
    this.fraction = Math.max(this.fraction, Math.min(1, fraction));
    this.tell({ event: 'progress', phase: this.phase, fraction: this.fraction, ...rest });
  }
}
