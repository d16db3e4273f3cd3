import { existsSync } from 'node:fs';
import { UserError } from '../base/errors';
import { modelPath } from '../model/library';
import { readModelFile } from '../model/modelFile';
import type { TrainState } from './state';

/**
 * Checks that a search may leave its model under that name: nothing is there, or what this search itself has left. With
 * `restart` another tailored model may go too. UserError with the way out.
 * @returns when the model that may go was made
 */
export async function checkReplaced(
  name: string,
  { restart, resumed }: { restart: boolean; resumed: TrainState | undefined },
): Promise<string | undefined> {
  if (!existsSync(modelPath(name))) return undefined;
  const { kind, steps, created } = (await readModelFile(modelPath(name))).card;
  if (kind !== 'tailored')
    throw new UserError(
      `The library has a model ${name} that was imported: no search replaces it. Choose another --name, or remove that model first.`,
    );
  // Steps are only added to a search, so a model with more of them has been trained further since.
  if (restart || (resumed && (steps <= resumed.step || created === resumed.replaces))) return created;
  const why = resumed ? 'has been trained further since this search' : 'is of no search that can be resumed';
  throw new UserError(
    `The library has a model ${name} that ${why}. Choose another --name, or --restart to replace that model.`,
  );
}
