import { basename, join } from 'node:path';
import { UserError } from '../base/errors';
import { cropToMultiple, degrade } from '../data/degrade';
import { openOutputFolder } from '../data/outputs';
import { loadRgb8, type PhotoPair } from '../data/prepare';
import { openModel } from '../model/modelFile';
import { resourcePath, samplePhotos } from '../model/library';
import { comparedCrops, upscaledCrop } from '../report/crops';
import { writeReport } from '../report/page';
import { reportOf, type Sample } from '../report/reportData';
import { parseConfig, type DemoConfig } from '../shared/config';
import type { JobContext, Progress } from '../shared/progress';
import type { ResultOf } from '../shared/results';
import { upscaleImage, type UpscaleNet } from '../tiling/upscaleImage';
import { chooseDevice } from '../train/chooseDevice';
import { readRecord } from '../train/record';
import { preparePhotos } from '../train/runData';
import { search } from './search';
import { upscale } from './upscale';

const scale = 2;

/** Where the parts lie within the whole, and the seconds that all after the search takes. */
const spans = { search: [0, 0.95], upscale: [0.95, 0.97], crops: 0.98 } as const;
const secondsAfterSearch = 8;

/** The whole way on the bundled photos: search a fast x2 model, upscale two photos with it, write a report page. */
export async function demo(config: DemoConfig, context: JobContext): Promise<ResultOf<'demo'>> {
  const { out, minutes, device, seed } = config;
  // Found out now rather than when the search is done.
  await openOutputFolder(out);
  const part = progressParts(context.onProgress);
  const photos = await samplePhotos();
  const model = await search(
    parseConfig('search', {
      photos,
      scale,
      budget: 'fast',
      minutes,
      device,
      seed,
      name: 'demo',
      restart: true,
    }),
    { ...context, onProgress: part(...spans.search, secondsAfterSearch) },
  );

  const upscaled = join(out, 'upscaled');
  const inputs = [resourcePath('samples', 'to-upscale')];
  const { files } = await upscale(
    parseConfig('upscale', { inputs, out: upscaled, model: model.model, overwrite: true, device }),
    { ...context, onProgress: part(...spans.upscale) },
  );
  const failed = files.find(({ status }) => status !== 'done');
  if (failed) throw new UserError(failed.reason ?? `${failed.input} was not upscaled.`);

  part(spans.crops, 1)({ event: 'progress', phase: 'writing the report', fraction: 0 });
  const samples: Sample[] = [];
  for (const { input, output } of files)
    samples.push(upscaledCrop(basename(input), await loadRgb8(input), await loadRgb8(output)));
  const { provider } = await chooseDevice(device, 'inference', context);
  const net = await openModel(model.model, { provider });
  try {
    samples.push(...(await heldOutCrops(photos, net, seed, context.signal)));
    for (const { input } of files)
      samples.push(...(await compare(basename(input), await pairOf(input), net, 1)));
  } finally {
    await net.dispose();
  }
  const report = await writeReport(out, reportOf(await readRecord(model.model), samples));
  return { ...model, files, upscaled, report };
}

/** Two crops of each photo that the search held out: the same options give the same split. */
async function heldOutCrops(
  photos: readonly string[],
  net: UpscaleNet,
  seed: number,
  signal: AbortSignal,
): Promise<Sample[]> {
  const { cache, heldOut } = await preparePhotos(
    photos,
    { scale, seed },
    { signal, onProgress: () => undefined },
  );
  const samples: Sample[] = [];
  for (const index of heldOut)
    samples.push(...(await compare(basename(cache.photos[index]!.path), await cache.get(index), net, 2)));
  return samples;
}

async function compare(title: string, pair: PhotoPair, net: UpscaleNet, count: number): Promise<Sample[]> {
  return comparedCrops(title, pair, await upscaleImage(pair.lr, net), count);
}

async function pairOf(path: string): Promise<PhotoPair> {
  const hr = cropToMultiple(await loadRgb8(path), scale);
  return { hr, lr: degrade(hr, scale) };
}

/** Places the progress of each part between two fractions of the whole, which never falls. */
function progressParts(onProgress: JobContext['onProgress']) {
  let reached = 0;
  return (from: number, to: number, secondsBehind = 0) =>
    ({ fraction, secondsLeft, ...rest }: Progress): void => {
      reached = Math.max(reached, from + (to - from) * fraction);
      onProgress({
        ...rest,
        fraction: reached,
        ...(secondsLeft !== undefined && { secondsLeft: secondsLeft + secondsBehind }),
      });
    };
}
