import { existsSync } from 'node:fs';
import { version } from '../../package.json';
import type { Device } from '../latency/devices';
import { measureRatio, type Timing } from '../latency/measure';
import { weightsPath } from '../model/library';
import { openNetwork, writeModelFile } from '../model/modelFile';
import { deployed, encodeDeployed, layoutOf, receptiveRadius, sizeOfNetwork } from '../model/network';
import { heldOutQuality } from '../model/quality';
import { compareWithStock } from '../model/stockModel';
import { printGenotype } from '../search/genotype';
import type { Candidates } from '../search/space';
import type { Budget } from '../shared/budget';
import type { SearchConfig } from '../shared/config';
import type { ModelCard } from '../shared/modelCard';
import type { ResultOf } from '../shared/results';
import { writeRecord } from './record';
import { readWeights, trainingOf, writeWeights } from './weightsFile';
import type { PreparedPhotos } from './runData';
import { begunWith, type TrainState } from './state';

interface Finish {
  name: string;
  device: Device;
  config: SearchConfig;
  budget: Budget;
  photos: PreparedPhotos;
  /** PSNR in dB of bicubic on the crops that the curves are of. */
  bicubicOnCrops: number;
  /** Whether a stock model that is no slower takes the place of a network that is not better. */
  mayKeepStock: boolean;
  signal: AbortSignal;
}

/**
 * Folds the trained network, times it, checks it on whole held-out photos and writes model file and record: of a stock
 * model, if that is as fast and still better there. Nobody shall wait for a model worse than one that came with the program.
 */
export async function finishModel(
  path: string,
  state: TrainState,
  finish: Finish,
): Promise<ResultOf<'search'>> {
  const { name, device, config, budget, photos, bicubicOnCrops, mayKeepStock, signal } = finish;
  const trained = await judged(path, state, finish);
  // All that the budget has room for: the clock may have found this one a little faster than it is.
  const speed = { scale: config.scale, ratio: budget.ratio, device };
  const { stock, path: stockPath, ...compared } = await compareWithStock(speed, photos, signal);
  let [made, training] = [trained, trainingOf(state, photos)];
  let { rival } = compared;
  if (
    mayKeepStock &&
    rival &&
    stockPath &&
    stock! > trained.quality.model &&
    existsSync(weightsPath(stockPath))
  ) {
    const kept = await readWeights(weightsPath(stockPath));
    made = await judged(path, { ...state, ...begunWith(kept) }, finish);
    ({ training } = kept);
    rival = { ...rival, isKept: true };
  }
  const { candidates, weights, timing, quality } = made;
  const layout = layoutOf(candidates);
  const card: ModelCard = {
    format: 1,
    name,
    kind: 'tailored',
    scale: config.scale,
    receptiveRadius: receptiveRadius(candidates),
    genotype: printGenotype(candidates),
    ...sizeOfNetwork((h, w) => deployed(candidates, layout, weights, [h, w])),
    budget: { text: budget.text, ratio: budget.ratio },
    device: { id: device.id, name: device.name, provider: device.provider },
    msPerMP: timing.msPerMP,
    refMsPerMP: timing.refMsPerMP,
    ratio: timing.ratio,
    psnr: { ...quality, stock },
    ...(rival && { rival }),
    photos: { train: photos.train.length, heldOut: photos.heldOut.length },
    seed: config.seed,
    steps: state.step,
    seconds: state.seconds,
    version,
    created: new Date().toISOString(),
  };
  await writeModelFile(path, deployed(candidates, layout, weights), card);
  const leftOut = photos.reports.flatMap(({ path: photo, used, reason }) =>
    used ? [] : [{ path: photo, reason: reason ?? 'not used' }],
  );
  const reduced = photos.reports.filter(({ reducedBy = 1 }) => reducedBy > 1).length;
  const { refinement, history } = state;
  await writeRecord(path, {
    card,
    candidates,
    history,
    bicubicOnCrops,
    refinement,
    photos: { ...card.photos, reduced, leftOut },
  });
  await writeWeights(weightsPath(path), {
    candidates,
    training,
    weights,
  });
  const { params, macsPerPixel, msPerMP, refMsPerMP, ratio, psnr, genotype, steps, seconds } = card;
  return {
    model: path,
    ...(rival && { rival }),
    ...{ params, macsPerPixel, msPerMP, refMsPerMP, ratio, psnr, genotype, steps, seconds },
    budgetMsPerMP: budget.ratio * refMsPerMP,
    budgetRatio: budget.ratio,
    photos: { ...card.photos, reduced, leftOut },
    refinement,
  };
}

/** The network of a run as it would be shipped, timed here and judged on the photos held out. */
interface Judged {
  candidates: Candidates;
  weights: Float32Array;
  timing: Timing;
  /** Mean PSNR in dB. */
  quality: { model: number; bicubic: number };
}

async function judged(
  path: string,
  state: TrainState,
  { device: { provider }, photos, signal }: Finish,
): Promise<Judged> {
  const { candidates, average: weights } = state;
  const { scale } = candidates;
  const bytes = encodeDeployed(candidates, state);
  const timing = await measureRatio(bytes, { scale, provider, signal });
  const net = await openNetwork(path, bytes, { provider });
  try {
    const upscaling = { scale, radius: receptiveRadius(candidates), ...net };
    const quality = await heldOutQuality(photos.cache, photos.heldOut, upscaling, signal);
    return { candidates, weights, timing, quality };
  } finally {
    await net.dispose();
  }
}
