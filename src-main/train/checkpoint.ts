import { readFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { messageOf, UserError } from '../base/errors';
import { placeFile } from '../image/placeFile';
import type { TrainState } from './state';

/** What a checkpoint belongs to: the options that shape a run. Another value means another run. */
export type RunKey = Readonly<Record<string, string | number | boolean>>;

/** Raised whenever older checkpoints mean something else. */
const format = 5;

interface Checkpoint {
  format: number;
  key: RunKey;
  state: TrainState;
}

/**
 * Replaces the checkpoint in one step: a crash leaves the old or the new one, never half of one. UserError where it cannot
 * be written; the old one stays then.
 */
export async function saveCheckpoint(path: string, key: RunKey, state: TrainState): Promise<void> {
  const checkpoint: Checkpoint = { format, key, state };
  await placeFile(path, serialize(checkpoint), { overwrite: true });
}

/**
 * The state to go on from; undefined where there is none yet. UserError where the file belongs to a run with other
 * options, which is told of as `what`, or is damaged: both name the way out, and the former `orElse` another one.
 */
export async function loadCheckpoint(
  path: string,
  key: RunKey,
  { what, orElse = '' }: { what: string; orElse?: string },
): Promise<TrainState | undefined> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`${path} cannot be read (${messageOf(error)}). Use --restart to begin again.`);
  });
  if (!bytes) return undefined;
  let checkpoint: Checkpoint;
  try {
    checkpoint = readRun(deserialize(bytes));
  } catch (error) {
    throw new UserError(`${path} is damaged (${messageOf(error)}). Use --restart to begin again.`);
  }
  const differing = Object.keys(key).filter((name) => checkpoint.key[name] !== key[name]);
  if (checkpoint.format !== format || differing.length > 0)
    throw new UserError(
      `${what} was begun with another ${differing.join(', ') || 'version'}. ` +
        `Use the same options to resume it, --restart to begin again${orElse}.`,
    );
  return checkpoint.state;
}

/** Damage can leave bytes that are still some value. */
function readRun(value: unknown): Checkpoint {
  const isObject = (x: unknown): x is object => typeof x === 'object' && x !== null;
  const holdsRun =
    isObject(value) && 'key' in value && isObject(value.key) && 'state' in value && isObject(value.state);
  if (!holdsRun) throw new Error('it holds no run');
  return value as Checkpoint;
}
