import { throwIfCancelled } from '../base/errors';
import { Rng } from '../base/rng';
import { forBatches } from '../onnx/batch';
import { toHalf } from '../onnx/half';
import type { SessionOptions, Tensor } from '../runtime/session';
import type { Device } from './devices';
import { Timer, type TimerOptions } from './timer';

/** How a network is run fastest on a device. */
export interface RunPlan {
  /** Side of a tile's core, in pixels of the small picture. */
  tile: number;
  /** How many tiles of one size are run at once, where that is more than one. */
  batch?: number | undefined;
  /** How a GPU keeps what it computes, where that is not its usual way. */
  layout?: 'NCHW' | undefined;
  /** Weights and arithmetic in float16. */
  half?: true | undefined;
}

export const usualPlan: RunPlan = { tile: 256 };

export interface PlanOptions extends Omit<TimerOptions, 'provider'> {
  /** Longest time to spend (default 5). */
  seconds?: number;
}

/** Sides to try besides the usual one, and how much less a plan must cost to be worth it. */
const tiles = [128, 192, 384, 512];
const worthwhile = 0.96;

/** A run on several tiles takes no more memory than one on the largest of these sides. */
const mostPixels = 512 ** 2;

/** A run takes no longer, in milliseconds: a job can only be stopped between two. */
const longestRun = 1000;

/** In float16, and several tiles at once, a network may differ by no more than one of 255 levels. */
const tolerance = 1 / 255;

/**
 * Tries the ways to run one of our networks on a device, each in a few timed runs, and gives the fastest. What fails is not
 * taken.
 */
export async function measurePlan(
  model: Uint8Array,
  radius: number,
  { provider }: Pick<Device, 'provider'>,
  { seconds = 5, ...options }: PlanOptions,
): Promise<RunPlan> {
  const end = performance.now() + seconds * 1000;
  const side = (tile: number): number => tile + 2 * radius;
  let best = { plan: usualPlan, cost: Infinity, ms: 0 };
  let timer: Timer | undefined;
  const attempt = async (plan: RunPlan): Promise<void> => {
    try {
      timer ??= Timer.start({ ...options, provider });
      const { bytes, session } = planned(model, plan);
      const { tile, batch = 1 } = plan;
      if ((plan.half || batch > 1) && !(await agrees(timer, model, plan))) return;
      await timer.load(bytes, [batch, 3, side(tile), side(tile)], session);
      const ms = Math.min(...(await timer.time(50)));
      const cost = ms / (batch * tile ** 2);
      if (cost < worthwhile * best.cost) best = { plan, cost, ms };
    } catch {
      throwIfCancelled(options.signal);
      // It may have taken its process down.
      timer?.stop();
      timer = undefined;
    }
  };
  try {
    /** Whether a run that takes that long, by what is known, may be tried. */
    const hasTime = (ms: number): boolean => ms <= longestRun && performance.now() + 4 * ms < end;
    await attempt(usualPlan);
    if (provider === 'webgpu') {
      await attempt({ ...best.plan, layout: 'NCHW' });
      await attempt({ ...best.plan, half: true });
    }
    for (const tile of tiles) {
      const ms = best.ms * (side(tile) / side(best.plan.tile)) ** 2;
      if (hasTime(ms)) await attempt({ ...best.plan, tile });
    }
    // The processor gains nothing from more work at once.
    const { plan, ms } = best;
    if (provider !== 'cpu')
      for (let batch = 2; batch * plan.tile ** 2 <= mostPixels && hasTime(batch * ms); batch *= 2)
        await attempt({ ...plan, batch });
    return best.plan;
  } finally {
    timer?.stop();
  }
}

/** The network as the plan runs it, and the options of its session. */
export function planned(
  model: Uint8Array,
  { batch = 1, layout, half }: RunPlan,
): { bytes: Uint8Array; session: Pick<SessionOptions, 'layout'> } {
  const bytes = half ? toHalf(model) : model;
  return { bytes: batch > 1 ? forBatches(bytes) : bytes, session: layout ? { layout } : {} };
}

/** Whether the network, run as planned, makes nearly the same of pictures of noise as it does of each as it is. */
async function agrees(timer: Timer, model: Uint8Array, plan: RunPlan): Promise<boolean> {
  const rng = new Rng(3);
  const [height, width, length] = [48, 64, 3 * 48 * 64];
  const count = Math.min(2, plan.batch ?? 1);
  const noise = Float32Array.from({ length: count * length }, () => rng.next());
  const run = async (
    bytes: Uint8Array,
    data: Float32Array,
    session: SessionOptions,
  ): Promise<Float32Array> => {
    const lr: Tensor = { data, dims: [data.length / length, 3, height, width] };
    return Object.values(await timer.run(bytes, { lr }, session))[0]!.data;
  };
  const { bytes, session } = planned(model, plan);
  const together = await run(bytes, noise, session);
  for (let i = 0; i < count; i++) {
    const alone = await run(model, noise.subarray(i * length, (i + 1) * length), session);
    const offset = i * alone.length;
    if (alone.some((value, at) => !(Math.abs(value - together[offset + at]!) <= tolerance))) return false;
  }
  return true;
}
