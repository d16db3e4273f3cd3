import { z } from 'zod';
import { configSchemas, type JobName } from './config';
import type { Failure } from './failure';
import type { Progress } from './progress';

const jobNames = Object.keys(configSchemas) as [JobName, ...JobName[]];

/**
 * What the engine is told: one `run`, later perhaps an `abort`; or, where it is kept to answer the screens, any number
 * of questions (`jobs/questions`).
 */
export const requestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('run'), job: z.enum(jobNames), config: z.unknown() }),
  z.object({ type: z.literal('abort') }),
  z.object({ type: z.literal('ask'), id: z.int(), question: z.string(), input: z.unknown() }),
]);
export type Request = z.input<typeof requestSchema>;

const progressSchema = z.object({
  event: z.literal('progress'),
  phase: z.string(),
  fraction: z.number(),
  secondsLeft: z.number().exactOptional(),
  message: z.string().exactOptional(),
  data: z.record(z.string(), z.unknown()).exactOptional(),
  device: z.object({ id: z.string(), name: z.string() }).exactOptional(),
}) satisfies z.ZodType<Progress>;

export const failureSchema = z.object({
  message: z.string(),
  exitCode: z.int(),
  detail: z.string().exactOptional(),
  device: z.string().exactOptional(),
}) satisfies z.ZodType<Failure>;

/** What the engine answers to `ask`. */
export const answerSchema = z.union([
  z.object({ event: z.literal('answer'), id: z.int(), output: z.unknown() }),
  failureSchema.extend({ event: z.literal('refusal'), id: z.int() }),
]);
export type Answer = z.infer<typeof answerSchema>;

/**
 * What the engine tells of a job: any number of progress events, then exactly one `done` or `error`; and, as long as no
 * device keeps it from it, that it is alive.
 */
export const eventSchema = z.discriminatedUnion('event', [
  progressSchema,
  z.object({ event: z.literal('alive') }),
  z.looseObject({ event: z.literal('done') }),
  failureSchema.extend({ event: z.literal('error') }),
]);
export type EngineEvent = z.infer<typeof eventSchema>;
