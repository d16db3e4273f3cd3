import { resizeBicubic } from '../data/degrade';
import type { PatchSampler } from '../data/patches';
import { blankPixels, toPlanes, writePlanes } from '../image/pixels';
import { Region } from '../image/region';
import type { Provider } from '../runtime/session';
import type { Relaxed } from '../search/choices';
import type { Candidates } from '../search/space';
import { SoftNet } from './softNet';
import { begunWith, changeCandidates, type Trained, type TrainState } from './state';

/**
 * Held-out crops for the curves, which photos must hold: a batch of them, and the border in HR pixels that is not compared,
 * since a crop has far more border than a photo.
 */
export const crops = { patch: 72, batch: 12, border: 8 };

/** BT.601 luma weights of R, G, B (studio range, of 255), METHOD part D. */
const luma = [65.481, 128.553, 24.966].map((x) => x / 255) as [number, number, number];

/** Mean PSNR on Y in dB over a batch of square pictures [n, 3, side, side] in 0..1, clamped, `border` pixels cut. */
export function batchPsnr(output: Float32Array, target: Float32Array, side: number, border: number): number {
  const plane = side * side;
  const count = output.length / (3 * plane);
  const clamp = (x: number): number => Math.min(Math.max(x, 0), 1);
  let sum = 0;
  for (let n = 0; n < count; n++) {
    let squares = 0;
    for (let row = border; row < side - border; row++)
      for (let col = border; col < side - border; col++) {
        let difference = 0;
        for (let c = 0; c < 3; c++) {
          const at = (n * 3 + c) * plane + row * side + col;
          difference += luma[c]! * (clamp(output[at]!) - target[at]!);
        }
        squares += difference * difference;
      }
    sum += -10 * Math.log10(Math.max(squares / (side - 2 * border) ** 2, 1e-10));
  }
  return sum / count;
}

/** Quality on held-out crops, the same ones each time. */
export class Validator {
  private constructor(
    private readonly scale: number,
    private readonly batch: { lr: Float32Array; hr: Float32Array },
    private readonly net: SoftNet,
  ) {}

  static async compile(state: TrainState, heldOut: PatchSampler, provider: Provider): Promise<Validator> {
    const { batch: count, patch: side } = crops;
    const net = await SoftNet.compile(state.candidates, { count, width: side, height: side }, provider);
    return new Validator(state.candidates.scale, await heldOut.batch(0, crops), net);
  }

  /** PSNR on Y in dB of the averaged weights. */
  async psnr(state: TrainState, relaxed: Relaxed): Promise<number> {
    const { lr, hr } = this.batch;
    const sr = await this.net.upscale(lr, state, relaxed);
    return batchPsnr(sr, hr, this.scale * crops.patch, crops.border);
  }

  async dispose(): Promise<void> {
    await this.net.dispose();
  }
}

/** PSNR of bicubic upscaling on the very crops of {@link Validator.psnr}: what its curve is read against. */
export async function bicubicPsnr(heldOut: PatchSampler, scale: number): Promise<number> {
  const { lr, hr } = await heldOut.batch(0, crops);
  const [small, side] = [crops.patch, crops.patch * scale];
  const lrCrop = new Region(0, 0, small, small);
  const sr = new Float32Array(hr.length);
  for (let n = 0; n < crops.batch; n++) {
    const data = lr.subarray(n * 3 * lrCrop.area, (n + 1) * 3 * lrCrop.area);
    const pixels = blankPixels(small, small, 3);
    writePlanes({ data, width: small, height: small }, lrCrop, pixels, 0, 0);
    sr.set(toPlanes(resizeBicubic(pixels, side, side), lrCrop.scale(scale)), n * 3 * side ** 2);
  }
  return batchPsnr(sr, hr, side, crops.border);
}

/** What networks are judged on. */
export interface Judging {
  seed: number;
  /** Photos that the weights have not learned from. */
  heldOut: PatchSampler;
  provider: Provider;
}

/** Held-out PSNR that other candidates would have with the weights that they take over, see `changeCandidates`. */
export async function validateOnce(
  state: TrainState,
  candidates: Candidates,
  judging: Judging,
): Promise<number> {
  return (await takeOver(state, candidates, { ...judging, starter: undefined })).psnr;
}

/**
 * A run moved to other candidates, and its held-out PSNR there: with its own weights, the `starter`'s where they end, or
 * with the starter's alone where those are better. A short search moves its weights for the good of many networks, which
 * is not always that of the one it finds.
 */
export async function takeOver(
  state: TrainState,
  candidates: Candidates,
  { seed, starter, heldOut, provider }: Judging & { starter: Trained | undefined },
): Promise<{ psnr: number; state: TrainState }> {
  const own = { ...state };
  changeCandidates(own, candidates, seed, starter);
  const theirs = starter && { ...state, ...begunWith(starter) };
  if (theirs) changeCandidates(theirs, candidates, seed);
  const validator = await Validator.compile(own, heldOut, provider);
  try {
    const psnr = await validator.psnr(own, {});
    const other = theirs ? await validator.psnr(theirs, {}) : -Infinity;
    return theirs && other > psnr ? { psnr: other, state: theirs } : { psnr, state: own };
  } finally {
    await validator.dispose();
  }
}
