import { input } from '../graph/build';
import { layoutOf } from '../model/network';
import { Program } from '../runtime/program';
import type { Provider } from '../runtime/session';
import type { Relaxed } from '../search/choices';
import { SoftInputs } from '../search/softInputs';
import type { Candidates } from '../search/space';
import { network } from '../search/supernet';
import type { TrainState } from './state';

/** A run's network as it is just now, for pictures of one size. Compiled for one set of candidates. */
export class SoftNet {
  private constructor(
    private readonly soft: SoftInputs,
    private readonly program: Program<'sr'>,
  ) {}

  /** For `lr` of shape [count, 3, height, width]. */
  static async compile(
    candidates: Candidates,
    { count, width, height }: { count: number; width: number; height: number },
    provider: Provider,
  ): Promise<SoftNet> {
    const layout = layoutOf(candidates);
    const soft = new SoftInputs(candidates);
    const { weights } = layout.slices(input('weights', [layout.size]));
    const sr = network(input('lr', [count, 3, height, width]), candidates, weights, soft.nodes().choices);
    // Its threads sleep between runs, or they would slow the training session down.
    return new SoftNet(soft, await Program.compile({ sr }, { provider, spin: false }));
  }

  /** Planes [count, 3, height * scale, width * scale] by the averaged weights. */
  async upscale(lr: Float32Array, { average }: TrainState, relaxed: Relaxed): Promise<Float32Array> {
    const { sr } = await this.program.run({ lr, weights: average, choices: this.soft.feed(relaxed) });
    return sr;
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
  }
}
