import { input } from '../graph/build';
import type { PatchSampler } from '../data/patches';
import { Program } from '../runtime/program';
import type { Relaxed } from '../search/choices';
import { SoftInputs } from '../search/softInputs';
import { network } from '../search/supernet';
import type { TrainState } from './state';
import { layoutOf } from './step';

/** Held-out crops for the curves: their number and side in LR pixels. */
const crops = { count: 12, side: 64 };

/** BT.601 luma weights of R, G, B (studio range, of 255), METHOD part D. */
const luma = [65.481, 128.553, 24.966].map((x) => x / 255) as [number, number, number];

/** Mean PSNR on Y in dB over a batch of pictures [n, 3, h, w] in 0..1, values clamped; no border is cut. */
export function batchPsnr(output: Float32Array, target: Float32Array, count: number): number {
  const plane = output.length / count / 3;
  const clamp = (x: number): number => Math.min(Math.max(x, 0), 1);
  let sum = 0;
  for (let n = 0; n < count; n++) {
    let squares = 0;
    for (let i = 0; i < plane; i++) {
      let difference = 0;
      for (let c = 0; c < 3; c++) {
        const at = (n * 3 + c) * plane + i;
        difference += luma[c]! * (clamp(output[at]!) - target[at]!);
      }
      squares += difference * difference;
    }
    sum += -10 * Math.log10(Math.max(squares / plane, 1e-10));
  }
  return sum / count;
}

/** Quality on held-out crops, the same ones each time. */
export class Validator {
  private constructor(
    private readonly batch: { lr: Float32Array; hr: Float32Array },
    private readonly soft: SoftInputs,
    private readonly program: Program<'sr'>,
  ) {}

  static async compile(state: TrainState, heldOut: PatchSampler): Promise<Validator> {
    const layout = layoutOf(state.candidates);
    const soft = new SoftInputs(state.candidates);
    const { weights } = layout.slices(input('weights', [layout.size]));
    const lr = input('lr', [crops.count, 3, crops.side, crops.side]);
    const sr = network(lr, state.candidates, weights, soft.nodes().choices);
    // Its threads sleep between runs, or they would slow the training session down.
    const program = await Program.compile({ sr }, { spin: false });
    return new Validator(await heldOut.batch(0, crops.count), soft, program);
  }

  /** PSNR on Y in dB of the averaged weights. */
  async psnr(state: TrainState, relaxed: Relaxed): Promise<number> {
    const { lr, hr } = this.batch;
    const { sr } = await this.program.run({ lr, weights: state.average, choices: this.soft.feed(relaxed) });
    return batchPsnr(sr, hr, crops.count);
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
  }
}

/** Side of a held-out crop in LR pixels, which held-out photos must hold. */
export const cropSide = crops.side;
