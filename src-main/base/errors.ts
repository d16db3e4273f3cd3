/** Exit statuses of the command line (DESIGN, command line contract). */
export const ExitCode = { done: 0, fault: 1, badInput: 2, someFailed: 3, cancelled: 130 } as const;

/** A mistake that the user can mend: the message names the file or option and the way out. Exit status 2. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** The job was asked to stop. Exit status 130. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  constructor() {
    super('Cancelled.');
  }
}

/** A GPU or its driver failed, hangs or is gone: the job may go on on another device. The message reads on from its name. */
export class DeviceFailed extends Error {
  override readonly name = 'DeviceFailed';
}

/** Throws {@link Cancelled} once the signal has fired; called between the steps of every long job. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new Cancelled();
}

/** Checks an invariant of our own code; a failure is our fault (exit status 1), never the user's. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${message}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether something failed since memory, the device's or ours, ran out: a smaller piece of the work may do. */
export function isOutOfMemory(error: unknown): boolean {
  return outOfMemory.test(messageOf(error));
}

/** In the words of onnxruntime, of the drivers, and of WebGPU, which goes on with a buffer that it did not get. */
const outOfMemory = new RegExp(
  [
    ...['out of memory', 'not enough memory', 'bad[ _]alloc', 'allocation failed', 'fail\\w* to allocate'],
    ...['E_OUTOFMEMORY', '8007000E', 'Invalid Buffer', 'max buffer size', 'too many storage buffers'],
  ].join('|'),
  'i',
);
