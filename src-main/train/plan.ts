import { UserError } from '../base/errors';
import type { PartCosts } from '../latency/penalty';
import { predictedRatio } from '../latency/predict';
import { defaultSpace, headroom, largestNet, largestSpace, plainNet, type Space } from '../search/space';
import type { Budget } from '../shared/budget';
import type { Scale } from '../shared/modelCard';
import type { Aim, Stage, TrainState } from './state';

/** The smallest and largest budget that can be searched on a device, as ratios; rounded inwards. */
export function budgetRange(scale: Scale, costs: PartCosts): { from: number; to: number } {
  const smallest = predictedRatio(plainNet(scale, 8, 1, 'sep3x3'), costs);
  const largest = predictedRatio(largestNet(largestSpace(scale)), costs) / headroom;
  return { from: Math.ceil(100 * smallest) / 100, to: Math.floor(10 * largest) / 10 };
}

/**
 * The space to search for a budget on this device: its largest net costs at least 2.5 times the budget. UserError for a
 * budget that no network of ours can meet, naming those that are possible.
 */
export function planSpace(scale: Scale, budget: Budget, costs: PartCosts): Space {
  const { from, to } = budgetRange(scale, costs);
  const space = defaultSpace(scale, budget.ratio, (candidate) =>
    predictedRatio(largestNet(candidate), costs),
  );
  if (space && budget.ratio >= from) return space;
  const ms = (ratio: number): string => ((ratio * budget.msPerMP) / budget.ratio).toFixed(1);
  throw new UserError(
    `Expected a --budget from ${from}ref to ${to}ref on this device ` +
      `(${ms(from)}ms/MP to ${ms(to)}ms/MP at x${scale}) but received "${budget.text}".`,
  );
}

/** Part of the training time that goes into the search, where weights learn too. */
const searchShare = 0.4;

/** Seconds kept back for timing and checking the model; and the least that training gets. */
const reserved = 25;
const leastSeconds = 20;

/** How long each stage may take, in compute seconds. `spent`: what looking at device and photos has taken. */
export function planSeconds(minutes: number, spent: number): Record<Stage, number> {
  const left = Math.max(leastSeconds, minutes * 60 - spent - reserved);
  return { search: searchShare * left, tune: (1 - searchShare) * left };
}

/** How many steps each stage makes. */
export function planSteps(steps: number): Record<Stage, number> {
  const search = Math.max(1, Math.round(searchShare * steps));
  return { search, tune: Math.max(1, steps - search) };
}

/**
 * A search that is given more minutes than it began with trains longer. Where its training had ended already, the rate
 * rises again to where the longer cosine is by then.
 */
export function extendPlan(plan: TrainState['plan'], aim: Aim, minutes: number): void {
  const more = Math.max(0, minutes - aim.minutes);
  plan.tune += 60 * more;
  aim.minutes += more;
}

/**
 * The plan, in steps, for finishing now: nothing more to search, and no more training than weights need to settle in a
 * network that was just taken. The state's own plan stays as it is, so that the run can still go on later.
 */
export function finishingPlan(
  { stage, step, stageStart }: TrainState,
  settleSteps: number,
): TrainState['plan'] {
  const done = step - stageStart.step;
  return stage === 'search'
    ? { search: done, tune: settleSteps }
    : { search: 0, tune: Math.max(done, settleSteps) };
}
