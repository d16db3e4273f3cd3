import { throwIfCancelled } from '../base/errors';
import type { Candidates, CellCandidates } from '../search/space';

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
/** Proposals whose quality is compared before one is measured. */
const shortlist = 6;
/** Qualities in dB closer than this are the same. */
const samePsnr = 0.02;
/** Widths are changed in steps that vector units like, small ones less so. */
const widthStep = (width: number): number => (width < 16 ? 4 : 8);
const leastWidth = 8;
/** To take longer than was promised is worse than to take less. */
const overWeight = 1.5;

/**
 * Measured coordinate descent over widths and depth to the budget (METHOD B3, after NetAdapt, Yang et al., ECCV 2018):
 * of the changes of one or two steps that the table predicts to land nearest to the budget, the one that keeps most
 * quality is measured, and kept where it is nearer by the clock.
 */
export async function refine(start: Candidates, options: RefineOptions): Promise<Refined> {
  const { targetRatio, predict, measure, capacity, quality, signal, onTry } = options;
  const distance = (ratio: number): number =>
    ratio > targetRatio ? overWeight * Math.log(ratio / targetRatio) : Math.log(targetRatio / ratio);
  const before = await measure(start);
  let best = { candidates: start, ratio: before };
  const tried = new Set([JSON.stringify(start)]);
  for (let i = 1; i < mostMeasurements && distance(best.ratio) > closeEnough; i++) {
    throwIfCancelled(signal);
    // What the clock said of the present network corrects what the table says of its neighbours.
    const correction = best.ratio / predict(best.candidates);
    const nearest = neighbours(best.candidates)
      .filter((candidates) => !tried.has(JSON.stringify(candidates)))
      .map((candidates) => ({ candidates, off: distance(correction * predict(candidates)) }))
      .filter(({ off }) => off < distance(best.ratio))
      .sort((a, b) => a.off - b.off)
      .slice(0, shortlist);
    if (nearest.length === 0) break;
    const rated: Rated[] = [];
    for (const { candidates } of nearest)
      rated.push({ candidates, psnr: await quality(candidates), macs: capacity(candidates) });
    const { candidates } = rated.reduce((a, b) => (isBetter(b, a) ? b : a));
    tried.add(JSON.stringify(candidates));
    const ratio = await measure(candidates);
    onTry?.(candidates, ratio);
    if (distance(ratio) < distance(best.ratio)) best = { candidates, ratio };
  }
  return { candidates: best.candidates, before, after: best.ratio };
}

interface Rated {
  candidates: Candidates;
  psnr: number;
  macs: number;
}

/** Growth keeps the function, so that quality cannot tell two grown networks apart: then capacity does. */
function isBetter(a: Rated, b: Rated): boolean {
  return Math.abs(a.psnr - b.psnr) > samePsnr ? a.psnr > b.psnr : a.macs > b.macs;
}

/** Networks one or two steps away. */
function neighbours(candidates: Candidates): Candidates[] {
  const one = steps(candidates);
  const all = new Map<string, Candidates>();
  for (const next of [...one, ...one.flatMap(steps)]) all.set(JSON.stringify(next), next);
  return [...all.values()];
}

/** One step: a width up or down, the last cell dropped, a cell appended, the fusion dropped. */
function steps(candidates: Candidates): Candidates[] {
  const { trunk, cells, fusions } = candidates;
  const out: Candidates[] = [];
  const widths = (width: number): number[] => {
    const [down, up] = [widthStep(width - 1), widthStep(width)];
    const next = [(Math.ceil(width / down) - 1) * down, (Math.floor(width / up) + 1) * up];
    return next.filter((other) => other >= leastWidth);
  };
  for (const width of widths(trunk[0]!)) out.push({ ...candidates, trunk: [width] });
  cells.forEach((cell, c) => {
    // Behind an identity the inner width means nothing.
    if (cell.ops[0]![0] === 'identity') return;
    for (const inner of widths(cell.inner[0]!))
      out.push(withCells(candidates, cells.with(c, { ...cell, inner: [inner] })));
  });
  if (cells.length > 1) out.push(withCells(candidates, cells.slice(0, -1)));
  const plain: CellCandidates = { inner: [trunk[0]!], ops: [['edgeConv3x3'], ['edgeConv3x3']] };
  out.push(withCells(candidates, [...cells, plain]));
  if (fusions[0] !== 'none') out.push({ ...candidates, fusions: ['none'] });
  return out;
}

function withCells(candidates: Candidates, cells: readonly CellCandidates[]): Candidates {
  const [fusion] = candidates.fusions;
  const fusions = fusion !== 'none' && fusion! >= cells.length ? (['none'] as const) : candidates.fusions;
  return { ...candidates, exits: [cells.length], fusions, cells };
}
