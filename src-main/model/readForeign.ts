import { messageOf } from '../base/errors';
import { degrade, resizeBicubic } from '../data/degrade';
import { psnrY } from '../image/metrics';
import { blankPixels, toPlanes, writePlanes, type Pixels } from '../image/pixels';
import { Region } from '../image/region';
import { adaptForeign, type Reading } from '../onnx/adapt';
import { notImported, type PictureNetwork } from '../onnx/foreign';
import type { Scale } from '../shared/modelCard';
import { openNetwork, type OpenModel } from './modelFile';

/** An upscaling network of ours, made from anybody's. */
export interface ReadNetwork {
  bytes: Uint8Array;
  scale: Scale;
}

/** A result that has less PSNR than this to bicubic's, in dB, is no enlarged photo. */
const leastLikeness = 18;

/**
 * White is 1 unless with 255 the result comes so much closer to the original, in dB: a network that scales its result with
 * its input works either way, and many nearly do.
 */
const clearlyBetter = 0.5;

/** Two sizes without a common factor: photos and tiles have any size. */
const sizes = [
  { width: 48, height: 40 },
  { width: 61, height: 47 },
] as const;

/**
 * Finds out by running it how a network wants its pictures and how much larger it returns them. `photo`: 8-bit RGB, sides
 * that are multiples of 12; its reduced copy is enlarged again. UserError where it is no upscaler of photos of any size.
 */
export async function readForeign(
  path: string,
  bytes: Uint8Array,
  network: PictureNetwork,
  photo: Pixels,
): Promise<ReadNetwork> {
  let best: (Trial & { bytes: Uint8Array }) | undefined;
  let failure: unknown;
  for (const reading of readings(network)) {
    const adapted = adaptForeign(bytes, network, reading);
    try {
      const trial = await tryOn(path, adapted, photo);
      if (!best || trial.quality > best.quality + clearlyBetter) best = { bytes: adapted, ...trial };
    } catch (error) {
      failure ??= error;
    }
  }
  const { fixedSize } = network;
  if (best?.scale === undefined && fixedSize !== undefined) {
    const way = 'Export it with open height and width.';
    throw notImported(path, `it takes only pictures of ${fixedSize} pixels. ${way}`);
  }
  if (!best) throw notImported(path, `it cannot be run on a photo: ${firstLine(failure)}`);
  if (best.scale === undefined || best.likeness < leastLikeness) {
    throw notImported(
      path,
      'it does not return photos of any size 2, 3 or 4 times as large. Only networks that do can be used.',
    );
  }
  return { bytes: best.bytes, scale: best.scale };
}

const readings = ({ layouts }: PictureNetwork): Reading[] =>
  layouts.flatMap((layout) => [
    { layout, range: 1 },
    { layout, range: 255 },
  ]);

/** What came of running a network; both figures are PSNR in dB. */
interface Trial {
  /** Undefined where it is not the same 2, 3 or 4 at any size. */
  scale: Scale | undefined;
  /** To bicubic's result: whether it is an enlarged photo at all. */
  likeness: number;
  /** To the original. */
  quality: number;
}

/** Throws where the network cannot be run at all. */
async function tryOn(path: string, bytes: Uint8Array, photo: Pixels): Promise<Trial> {
  const net = await openNetwork(path, bytes);
  try {
    const [scale, another] = [await scaleAt(net, sizes[0]), await scaleAt(net, sizes[1]).catch(() => NaN)];
    if (scale !== another || (scale !== 2 && scale !== 3 && scale !== 4))
      return { scale: undefined, likeness: -Infinity, quality: -Infinity };
    const { width, height } = photo;
    const lr = degrade(photo, scale);
    const data = await net.run(toPlanes(lr, Region.of(lr)), lr.height, lr.width);
    const sr = blankPixels(width, height, 3);
    writePlanes({ data, width, height }, Region.of(sr), sr, 0, 0);
    const bicubic = resizeBicubic(lr, width, height);
    return { scale, likeness: psnrY(sr, bicubic, scale), quality: psnrY(sr, photo, scale) };
  } finally {
    await net.dispose();
  }
}

/** How much larger a grey picture of that size comes back. */
async function scaleAt(
  { run }: Pick<OpenModel, 'run'>,
  { width, height }: { width: number; height: number },
): Promise<number> {
  const grey = new Float32Array(3 * width * height).fill(0.5);
  return Math.sqrt((await run(grey, height, width)).length / grey.length);
}

const firstLine = (error: unknown): string => messageOf(error).split('\n')[0]!;
