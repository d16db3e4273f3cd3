/** What a running job tells: plain JSON, one object per event, the same for the app, the command line and the tests. */
export interface Progress {
  event: 'progress';
  /** What is being done, in words for people: "measuring this device", "searching", "fine-tuning", "upscaling". */
  phase: string;
  /** Fraction of the whole job that is done, 0..1; never falls. */
  fraction: number;
  /** Honest estimate of the seconds left, once there is one. */
  secondsLeft?: number;
  /** One short line for people, for example the file in work. */
  message?: string;
  /** Figures for programs and curves: step, loss, psnr, expectedRatio, ... */
  data?: Record<string, unknown>;
  /** What the job computes on from here; not told where there is only the processor. */
  device?: { id: string; name: string };
}

/** What every job gets beside its own configuration. */
export interface JobContext {
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
}

/** The phases of a search, in their order; screens show them as steps. */
export const searchPhases = [
  'measuring this device',
  'looking at the photos',
  'searching',
  'cutting to the budget',
  'training the model',
  'timing and checking the model',
] as const;
export type SearchPhase = (typeof searchPhases)[number];
