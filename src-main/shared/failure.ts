import { Cancelled, DeviceFailed, ExitCode, messageOf, UserError } from '../base/errors';

/** How a job ended badly: one sentence for the user, the exit status, and for our own faults where it happened. */
export interface Failure {
  message: string;
  exitCode: number;
  detail?: string;
  /** Why, where it was the device: the job may go on on another one. */
  device?: string;
}

/** A failure that another process reported. */
export class JobError extends Error {
  override readonly name = 'JobError';
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/** What the system says, by its error code, when it is the user who can help. */
const systemErrors: Partial<Record<string, (path: string) => string>> = {
  ENOSPC: (path) => `The disk is full while writing ${path}. Free some space and run the same command again.`,
  EFBIG: (path) => `The disk or your limits allow no file as large as ${path}. Choose another disk.`,
  EDQUOT: (path) => `Your disk quota is used up at ${path}. Free some space and run the same command again.`,
  EACCES: (path) => `Pixel Tailor may not use ${path}. Change its permissions or choose another place.`,
  EPERM: (path) => `Pixel Tailor may not use ${path}. Change its permissions or choose another place.`,
  EROFS: (path) => `${path} is on a read-only disk. Choose another place.`,
  ENOENT: (path) => `There is no ${path}. Check the path.`,
  ENOTDIR: (path) => `A part of the path ${path} is a file, not a folder. Choose another place.`,
};

const diskErrors: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Sorts any thrown value into the exit statuses of the command line contract. */
export function failureOf(error: unknown, signal?: AbortSignal): Failure {
  if (error instanceof JobError) return error.failure;
  if (error instanceof Cancelled || signal?.aborted) {
    return { message: new Cancelled().message, exitCode: ExitCode.cancelled };
  }
  if (error instanceof UserError) return { message: error.message, exitCode: ExitCode.badInput };
  if (error instanceof DeviceFailed) {
    const advice = 'Choose another one for --device, or test them all with: pixel-tailor devices';
    return {
      message: `The device failed: ${error.message}. ${advice}`,
      exitCode: ExitCode.fault,
      device: error.message,
    };
  }
  const { code, path } = (error ?? {}) as { code?: unknown; path?: unknown };
  if (typeof code === 'string' && (typeof path === 'string' || diskErrors.has(code))) {
    // A write to a file that is open already fails without its path.
    const sentence = systemErrors[code]?.(typeof path === 'string' ? path : 'the results');
    if (sentence) return { message: sentence, exitCode: ExitCode.badInput };
  }
  const detail = error instanceof Error ? error.stack : undefined;
  return {
    message: `Pixel Tailor failed by a fault of its own: ${messageOf(error)}`,
    exitCode: ExitCode.fault,
    ...(detail !== undefined && { detail }),
  };
}
