import { throwIfCancelled } from '../base/errors';
import { Rng } from '../base/rng';
import { toHalf } from '../onnx/half';
import type { SessionOptions, Tensor } from '../runtime/session';
import type { Device } from './devices';
import { Timer, type TimerOptions } from './timer';

/** How a network is run fastest on a device. */
export interface RunPlan {
  /** Side of a tile's core, in pixels of the small picture. */
  tile: number;
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

/** A run takes no longer, in milliseconds: a job can only be stopped between two. */
const longestRun = 1000;

/** Float16 differs from float32 by no more than one of 255 levels. */
const halfTolerance = 1 / 255;

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
      if (plan.half && !(await agree(timer, model, bytes, session))) return;
      await timer.load(bytes, [1, 3, side(plan.tile), side(plan.tile)], session);
      const ms = Math.min(...(await timer.time(50)));
      const cost = ms / plan.tile ** 2;
      if (cost < worthwhile * best.cost) best = { plan, cost, ms };
    } catch {
      throwIfCancelled(options.signal);
      // It may have taken its process down.
      timer?.stop();
      timer = undefined;
    }
  };
  try {
    await attempt(usualPlan);
    if (provider === 'webgpu') {
      await attempt({ ...best.plan, layout: 'NCHW' });
      await attempt({ ...best.plan, half: true });
    }
    for (const tile of tiles) {
      const ms = best.ms * (side(tile) / side(best.plan.tile)) ** 2;
      if (ms <= longestRun && performance.now() + 4 * ms < end) await attempt({ ...best.plan, tile });
    }
    return best.plan;
  } finally {
    timer?.stop();
  }
}

/** The network as the plan runs it, and the options of its session. */
export function planned(
  model: Uint8Array,
  { layout, half }: RunPlan,
): { bytes: Uint8Array; session: Pick<SessionOptions, 'layout'> } {
  return { bytes: half ? toHalf(model) : model, session: layout ? { layout } : {} };
}

/** Whether two networks make the same of noise, nearly. */
async function agree(
  timer: Timer,
  one: Uint8Array,
  other: Uint8Array,
  session: SessionOptions,
): Promise<boolean> {
  const rng = new Rng(3);
  const dims = [1, 3, 48, 64];
  const lr: Tensor = { data: Float32Array.from({ length: 3 * 48 * 64 }, () => rng.next()), dims };
  const run = async (bytes: Uint8Array): Promise<Float32Array> =>
    Object.values(await timer.run(bytes, { lr }, session))[0]!.data;
  const [a, b] = [await run(one), await run(other)];
  return a.every((value, i) => Math.abs(value - b[i]!) <= halfTolerance);
}
