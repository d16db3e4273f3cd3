import { z } from 'zod';
import { NetworkFile } from './networkFile';

/** How fast networks were when they were measured; see `latency/measure`. */
export const speeds = new NetworkFile(
  'speeds.json',
  z.object({
    msPerMP: z.number().positive(),
    refMsPerMP: z.number().positive(),
    ratio: z.number().positive(),
  }),
);

/** How networks are run fastest; see `latency/runPlan`. */
export const plans = new NetworkFile(
  'plans.json',
  z.object({
    tile: z.int().positive(),
    batch: z.int().positive().optional(),
    layout: z.literal('NCHW').optional(),
    half: z.literal(true).optional(),
  }),
);
