import { version } from '../../package.json';
import type { Device } from '../latency/devices';
import { measureRatio } from '../latency/measure';
import { weightsPath } from '../model/library';
import { openNetwork, writeModelFile } from '../model/modelFile';
import { deployed, encodeDeployed, layoutOf, receptiveRadius, sizeOfNetwork } from '../model/network';
import { heldOutQuality } from '../model/quality';
import { compareWithStock } from '../model/stockModel';
import { printGenotype } from '../search/genotype';
import type { Budget } from '../shared/budget';
import type { SearchConfig } from '../shared/config';
import type { ModelCard } from '../shared/modelCard';
import type { ResultOf } from '../shared/results';
import { writeRecord } from './record';
import { trainingOf, writeWeights } from './weightsFile';
import type { PreparedPhotos } from './runData';
import type { TrainState } from './state';

interface Finish {
  name: string;
  device: Device;
  config: SearchConfig;
  budget: Budget;
  photos: PreparedPhotos;
  /** PSNR in dB of bicubic on the crops that the curves are of. */
  bicubicOnCrops: number;
  signal: AbortSignal;
}

/** Folds the trained network, times it, checks it on whole held-out photos and writes model file and record. */
export async function finishModel(
  path: string,
  state: TrainState,
  { name, device, config, budget, photos, bicubicOnCrops, signal }: Finish,
): Promise<ResultOf<'search'>> {
  const { candidates } = state;
  const layout = layoutOf(candidates);
  const output = deployed(candidates, layout, state.average);
  const { scale } = candidates;
  const { provider } = device;
  const bytes = encodeDeployed(candidates, state);
  const timing = await measureRatio(bytes, { scale, provider, signal });
  const radius = receptiveRadius(candidates);
  const net = await openNetwork(path, bytes, { provider });
  let quality: { model: number; bicubic: number };
  try {
    quality = await heldOutQuality(photos.cache, photos.heldOut, { scale, radius, ...net }, signal);
  } finally {
    await net.dispose();
  }
  const { ratio } = timing;
  const { stock, ...rival } = await compareWithStock({ scale, ratio, device }, photos, signal);
  const card: ModelCard = {
    format: 1,
    name,
    kind: 'tailored',
    scale,
    receptiveRadius: radius,
    genotype: printGenotype(candidates),
    ...sizeOfNetwork((h, w) => deployed(candidates, layout, state.average, [h, w])),
    budget: { text: budget.text, ratio: budget.ratio },
    device: { id: device.id, name: device.name, provider },
    msPerMP: timing.msPerMP,
    refMsPerMP: timing.refMsPerMP,
    ratio,
    psnr: { ...quality, stock },
    ...rival,
    photos: { train: photos.train.length, heldOut: photos.heldOut.length },
    seed: config.seed,
    steps: state.step,
    seconds: state.seconds,
    version,
    created: new Date().toISOString(),
  };
  await writeModelFile(path, output, card);
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
    training: trainingOf(state, photos),
    weights: state.average,
  });
  const { params, macsPerPixel, msPerMP, refMsPerMP, psnr, genotype, steps, seconds } = card;
  return {
    model: path,
    ...rival,
    ...{ params, macsPerPixel, msPerMP, refMsPerMP, ratio, psnr, genotype, steps, seconds },
    budgetMsPerMP: budget.ratio * refMsPerMP,
    budgetRatio: budget.ratio,
    photos: { ...card.photos, reduced, leftOut },
    refinement,
  };
}
