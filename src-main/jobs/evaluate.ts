import { constants, existsSync } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Cancelled, DeviceFailed, messageOf, throwIfCancelled, UserError } from '../base/errors';
import { cropToMultiple, degrade, resizeBicubic } from '../data/degrade';
import { findPhotos, type PhotoFile } from '../data/photos';
import { decodePhoto, readHeader } from '../image/decode';
import { psnrY, ssimY } from '../image/metrics';
import { toRgb8, type Pixels } from '../image/pixels';
import { explainWriteError, placeFile } from '../image/placeFile';
import { Meter, type Timing } from '../latency/measure';
import { findModel } from '../model/library';
import { openForeignModel, openModel, readModelFile, type OpenModel } from '../model/modelFile';
import { gapOf, isOnFront } from '../report/front';
import { frontPlot } from '../report/frontPlot';
import type { Provider } from '../runtime/session';
import type { EvaluateConfig } from '../shared/config';
import { photoKinds } from '../shared/photoNames';
import type { Scale } from '../shared/modelCard';
import type { JobContext } from '../shared/progress';
import type { ResultOf } from '../shared/results';
import { upscaleImage } from '../tiling/upscaleImage';
import { chooseDevice } from '../train/chooseDevice';

type EvaluatedModel = ResultOf<'evaluate'>['models'][number];
type EvaluatedSet = EvaluatedModel['sets'][number];

/** Anything that makes a picture `scale` times as large. */
interface Upscaler {
  params: number | null;
  /** The network, where it is one: for timing. */
  bytes?: Uint8Array;
  /** `path` is what it is a picture of. */
  upscale: (lr: Pixels, path: string) => Promise<Pixels>;
  dispose(): Promise<void>;
}

/** Pictures of at most so many LR megapixels go through the network untiled. */
const wholeMegapixels = 1;

/** How much of the progress one timing counts, in pictures. */
const timingWeight = 3;

/**
 * Protocol of METHOD part D, for models (names, files, `bicubic`) on folders of HR pictures: HR cropped to a multiple of
 * the scale, LR by MATLAB's bicubic in 8 bits, output in 8-bit RGB, PSNR and SSIM on unrounded Y, `scale` border pixels
 * shaved. Networks are timed unless `time` is false; `plot` is an SVG file of quality over time that is written. UserError for unknown models, wrong scales and unusable pictures.
 */
export async function evaluate(
  { models, hr, scale, device, plot, time = true }: EvaluateConfig & { time?: boolean },
  context: JobContext,
): Promise<ResultOf<'evaluate'>> {
  const { signal, onProgress } = context;
  const { provider } = await chooseDevice(device, 'inference', context);
  const folders = [];
  for (const folder of hr) folders.push({ folder, pictures: await picturesOf(folder, scale, signal) });
  // Mistakes, those of models too, are told before there are figures to lose.
  if (plot !== undefined) await checkPlot(plot);
  const pictures = folders.reduce((sum, folder) => sum + folder.pictures.length, 0);
  const timed = time ? models.filter((model) => model !== 'bicubic').length : 0;
  const all = models.length * pictures + timed * timingWeight;
  const started = performance.now();
  let done = 0;
  const advance = (message: string, weight = 1): void => {
    const seconds = (performance.now() - started) / 1000;
    const left = done > 0 ? { secondsLeft: (seconds / done) * (all - done) } : {};
    onProgress({ event: 'progress', phase: 'evaluating', fraction: done / all, message, ...left });
    done += weight;
  };

  const results: EvaluatedModel[] = [];
  const opened: { model: string; upscaler: Upscaler }[] = [];
  let meter: Meter | undefined;
  try {
    for (const model of models)
      opened.push({ model, upscaler: await openUpscaler(model, scale, provider, signal) });
    for (const { model, upscaler } of opened) {
      let timing: Timing | undefined;
      // The meter is started once there is something to time; bicubic needs none.
      if (time && upscaler.bytes) {
        advance(`${model}: speed`, timingWeight);
        meter ??= new Meter({ provider, signal });
        timing = await meter.measure(upscaler.bytes, scale);
      }
      const sets: EvaluatedSet[] = [];
      for (const { folder, pictures: files } of folders) {
        const images: EvaluatedSet['images'] = [];
        for (const file of files) {
          throwIfCancelled(signal);
          advance(`${model}: ${file.relative}`);
          images.push({ name: file.relative, ...(await quality(upscaler, file, scale)) });
        }
        sets.push({ hr: folder, ...meanOf(images), images });
      }
      const { params } = upscaler;
      const { msPerMP = null, ratio = null } = timing ?? {};
      results.push({ model, params, msPerMP, ratio, sets });
    }
  } finally {
    meter?.stop();
    for (const { upscaler } of opened) await upscaler.dispose();
  }
  const only = results.length === 1 && hr.length === 1 ? results[0]!.sets[0] : undefined;
  if (plot !== undefined) await placeFile(plot, Buffer.from(frontPlot(results, scale)), { overwrite: true });
  const placed = results.map((model) => ({
    ...model,
    onFront: isOnFront(model, results),
    sets: model.sets.map((set, i) => {
      const gap = gapOf(model, i, results);
      return { ...set, ...(gap && { gap }) };
    }),
  }));
  return { models: placed, ...(only && { psnr: only.psnr, ssim: only.ssim }) };
}

async function picturesOf(folder: string, scale: Scale, signal: AbortSignal): Promise<PhotoFile[]> {
  const pictures = await findPhotos([folder], signal);
  if (pictures.length === 0)
    throw new UserError(`${folder} has no ${photoKinds} pictures. Choose another folder for --hr.`);
  // SSIM's window behind the shaved border.
  const least = Math.ceil(11 / scale + 2) * scale;
  for (const { path } of pictures) {
    const { width, height } = await readHeader(path);
    if (Math.min(width, height) < least)
      throw new UserError(`${path} is too small to be judged: at least ${least}x${least} pixels are needed.`);
  }
  return pictures;
}

async function checkPlot(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isDirectory())
    throw new UserError(`--plot ${path} is a folder. Name a file in it, such as ${join(path, 'front.svg')}.`);
  await access(`${dirname(path)}/.`, constants.W_OK).catch((error: unknown) => {
    throw explainWriteError(path, error);
  });
}

async function openUpscaler(
  model: string,
  scale: Scale,
  provider: Provider,
  signal: AbortSignal,
): Promise<Upscaler> {
  if (model === 'bicubic') {
    return {
      params: null,
      upscale: (lr) => Promise.resolve(resizeBicubic(lr, lr.width * scale, lr.height * scale)),
      dispose: () => Promise.resolve(),
    };
  }
  const { net, params, bytes } = await openNetwork(model, provider);
  if (net.scale !== scale) {
    await net.dispose();
    throw new UserError(
      `${model} upscales ${net.scale} times: it cannot be evaluated with --scale ${scale}.`,
    );
  }
  return {
    params,
    bytes,
    upscale: (lr, path) => {
      const longest = Math.max(lr.width, lr.height);
      const { radius } = net;
      if (radius === undefined) {
        // With such a radius every tile is made of the whole picture.
        const work = upscaleImage(lr, { ...net, radius: longest }, { tile: longest, signal });
        return work.catch((cause: unknown) => {
          if (cause instanceof Cancelled || cause instanceof DeviceFailed) throw cause;
          throw new UserError(`${model} cannot be run on ${path}: ${messageOf(cause)}`, { cause });
        });
      }
      const whole = lr.width * lr.height <= wholeMegapixels * 1e6;
      return upscaleImage(lr, { ...net, radius }, { ...(whole && { tile: longest }), signal });
    },
    dispose: () => net.dispose(),
  };
}

interface Network {
  net: Omit<OpenModel, 'radius'> & { radius?: number };
  params: number;
  bytes: Uint8Array;
}

async function openNetwork(model: string, provider: Provider): Promise<Network> {
  const stored = await findModel(model).catch((error: unknown) => {
    // Anybody's network can be evaluated beside ours.
    if (error instanceof UserError && existsSync(model)) return undefined;
    throw error;
  });
  if (!stored) {
    const net = await openForeignModel(model, { provider });
    return { net, params: net.params, bytes: net.bytes };
  }
  const { bytes, card } = await readModelFile(stored.path);
  return { net: await openModel(stored.path, { provider }), params: card.params, bytes };
}

async function quality({ upscale }: Upscaler, { path }: PhotoFile, scale: Scale) {
  const hr = cropToMultiple(toRgb8((await decodePhoto(path)).pixels), scale);
  const sr = await upscale(degrade(hr, scale), path);
  return { psnr: psnrY(sr, hr, scale), ssim: ssimY(sr, hr, scale) };
}

function meanOf(images: EvaluatedSet['images']): { psnr: number; ssim: number } {
  const mean = (key: 'psnr' | 'ssim') => images.reduce((sum, image) => sum + image[key], 0) / images.length;
  return { psnr: mean('psnr'), ssim: mean('ssim') };
}
