import { throwIfCancelled } from '../base/errors';
import { Rng } from '../base/rng';
import { contains, type Candidates } from '../search/space';
import { neighbours, oneStep } from './moves';

/** What the refinement needs to know about networks with nothing left to choose. */
export interface RefineOptions {
  targetRatio: number;
  /** Ratio by the latency table. */
  predict: (candidates: Candidates) => number;
  /** Ratio by the clock. */
  measure: (candidates: Candidates) => Promise<number>;
  /** Multiply-accumulates a pixel. */
  capacity: (candidates: Candidates) => number;
  /** Held-out PSNR in dB with inherited weights. */
  quality: (candidates: Candidates) => Promise<number>;
  /** How many networks of the same cost are judged, drawn by the seed. */
  tries: number;
  /** Longest time in seconds for judging them, and for one descent by the clock. */
  seconds: { judging: number; descent: number };
  seed: number;
  signal: AbortSignal;
  onTry?: (candidates: Candidates, ratio: number) => void;
}

export interface Refined {
  candidates: Candidates;
  /** Measured ratios of the network that came in and of the one that goes out. */
  before: number;
  after: number;
}

/** Close enough to the budget to stop, as |ln(ratio / target)|; half of the 10 % that are promised. */
const closeEnough = 0.04;
const mostMeasurements = 8;
/** Most changes that are drawn do not keep the budget. */
const drawsPerTry = 50;
/** Proposals whose quality is compared before one is measured. */
const shortlist = 6;
/** Qualities in dB closer than this are the same. */
const samePsnr = 0.02;
/** To take longer than was promised is worse than to take less. */
const overWeight = 1.5;

/**
 * Cuts a network to its budget and makes the best of it: measured descent, then other operations and sizes at the same
 * cost, judged one by one, then descent again, since the table that kept the cost is no clock.
 */
export async function refine(start: Candidates, options: RefineOptions): Promise<Refined> {
  const { measure, onTry } = options;
  const before = await measure(start);
  const near = await descend({ candidates: start, ratio: before }, options);
  const candidates = await improve(near, options);
  if (candidates === near.candidates) return { candidates, before, after: near.ratio };
  const ratio = await measure(candidates);
  onTry?.(candidates, ratio);
  const { candidates: refined, ratio: after } = await descend({ candidates, ratio }, options);
  return { candidates: refined, before, after };
}

export interface Measured {
  candidates: Candidates;
  ratio: number;
}

/**
 * A trained network brought to a budget, by the table as far as it is far away, then by the clock. Of the steps that lead
 * nearer by the table the one with the most computing for its time is taken. It grows without losing anything that it has,
 * so that it keeps what it does: no quality tells steps apart then, and none is asked for.
 */
export async function approach(start: Measured, all: RefineOptions): Promise<Measured> {
  const { predict, measure, capacity, targetRatio } = all;
  const grows = start.ratio < targetRatio;
  const options = grows ? { ...all, quality: () => Promise.resolve(0) } : all;
  const moves = (network: Candidates): Candidates[] =>
    neighbours(network).filter((next) => !grows || contains(next, start.candidates));
  const correction = start.ratio / predict(start.candidates);
  const off = (network: Candidates): number => distance(correction * predict(network), options);
  let { candidates } = start;
  for (;;) {
    const nearer = moves(candidates).filter((next) => off(next) < off(candidates));
    if (nearer.length === 0 || nearer.some((next) => off(next) <= closeEnough)) break;
    const density = nearer.map((next) => capacity(next) / predict(next));
    candidates = nearer[density.indexOf(Math.max(...density))]!;
  }
  if (candidates === start.candidates) return descend(start, options, moves);
  return descend({ candidates, ratio: await measure(candidates) }, options, moves);
}

/** How far a ratio is from the budget. */
const distance = (ratio: number, { targetRatio }: RefineOptions): number =>
  ratio > targetRatio ? overWeight * Math.log(ratio / targetRatio) : Math.log(targetRatio / ratio);

/**
 * Measured coordinate descent over widths and depth to the budget (METHOD B3, after NetAdapt, Yang et al., ECCV 2018):
 * of the changes of one or two steps that the table predicts to land nearest to the budget, the one that keeps most
 * quality is measured, and kept where it is nearer by the clock.
 */
async function descend(start: Measured, options: RefineOptions, moves = neighbours): Promise<Measured> {
  const { predict, measure, capacity, signal, onTry } = options;
  const until = performance.now() + 1000 * options.seconds.descent;
  let best = start;
  const tried = new Set([JSON.stringify(start.candidates)]);
  for (let i = 1; i < mostMeasurements && distance(best.ratio, options) > closeEnough; i++) {
    throwIfCancelled(signal);
    if (performance.now() > until) break;
    // What the clock said of the present network corrects what the table says of its neighbours.
    const correction = best.ratio / predict(best.candidates);
    const nearest = moves(best.candidates)
      .filter((candidates) => !tried.has(JSON.stringify(candidates)))
      .map((candidates) => ({ candidates, off: distance(correction * predict(candidates), options) }))
      .filter(({ off }) => off < distance(best.ratio, options))
      .sort((a, b) => a.off - b.off)
      .slice(0, shortlist);
    if (nearest.length === 0) break;
    const rated: Rated[] = [];
    for (const { candidates } of nearest) rated.push(await rate(candidates, options));
    const { candidates } = rated.reduce((a, b) => (isBetter(b, a, capacity) ? b : a));
    tried.add(JSON.stringify(candidates));
    const ratio = await measure(candidates);
    onTry?.(candidates, ratio);
    if (distance(ratio, options) < distance(best.ratio, options)) best = { candidates, ratio };
  }
  return best;
}

/**
 * Random local search over operations, widths and depth: a change of one or two steps is kept where quality rises and the
 * table sees the budget kept. The relaxed choices were made among mixtures of networks; here each is judged as itself.
 */
async function improve(start: Measured, options: RefineOptions): Promise<Candidates> {
  const { predict, capacity, signal, tries, seconds, seed } = options;
  const until = performance.now() + 1000 * seconds.judging;
  const rng = new Rng(seed);
  const correction = start.ratio / predict(start.candidates);
  const off = (candidates: Candidates): number =>
    Math.max(closeEnough, distance(correction * predict(candidates), options));
  const seen = new Set([JSON.stringify(start.candidates)]);
  let best = await rate(start.candidates, options);
  for (
    let draws = 0;
    draws < drawsPerTry * tries && seen.size <= tries && performance.now() < until;
    draws++
  ) {
    throwIfCancelled(signal);
    const once = rng.pick(oneStep(best.candidates));
    const next = rng.next() < 0.5 ? once : rng.pick(oneStep(once));
    if (seen.has(JSON.stringify(next)) || off(next) > off(best.candidates)) continue;
    seen.add(JSON.stringify(next));
    const rated = await rate(next, options);
    if (isBetter(rated, best, capacity)) best = rated;
  }
  return best.candidates;
}

async function rate(candidates: Candidates, { quality }: RefineOptions): Promise<Rated> {
  return { candidates, psnr: await quality(candidates) };
}

interface Rated {
  candidates: Candidates;
  psnr: number;
}

/** Growth keeps the function, so that quality cannot tell two grown networks apart: then capacity does. */
function isBetter(a: Rated, b: Rated, capacity: RefineOptions['capacity']): boolean {
  if (Math.abs(a.psnr - b.psnr) > samePsnr) return a.psnr > b.psnr;
  return capacity(a.candidates) > capacity(b.candidates);
}
