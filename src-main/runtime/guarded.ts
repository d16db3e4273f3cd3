import { DeviceFailed, messageOf, UserError } from '../base/errors';
import type { Session } from './session';

/** A session on a GPU, where whatever goes wrong is the device's fault: another one may do the same work. */
export async function guarded(opening: Promise<Session>): Promise<Session> {
  const session = await blamed(opening);
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: (feeds) => blamed(session.run(feeds)),
    runResident: (feeds) => blamed(session.runResident(feeds)),
    release: () => session.release(),
  };
}

async function blamed<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new DeviceFailed(saidBy(error), { cause: error });
  }
}

/** Without the place in onnxruntime's sources, and in plain words where it is the operations. */
function saidBy(error: unknown): string {
  const message = messageOf(error)
    .replace(/^(.* was false\. |\S+\.cc:\d+ \S+ )/s, '')
    .trim();
  return /fallback to CPU EP/.test(message) ? 'it lacks an operation of the network' : message;
}
