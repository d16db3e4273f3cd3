import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homePath, resourcePath } from '../model/library';
import type { Scale } from '../shared/modelCard';
import type { Sample } from './samples';
import { readHead, readWeights, type TrainedWeights } from './weightsFile';

/** Where a starter supernet that was trained on this machine is kept; it goes before the one that ships. */
export const ownStarterPath = (scale: Scale): string => join(homePath('starters'), `x${scale}.weights`);

/** The starter supernet for a scale; undefined where there is none yet. UserError where its file is damaged. */
export async function findStarter(scale: Scale): Promise<TrainedWeights | undefined> {
  const path = starterPath(scale);
  return path === undefined ? undefined : readWeights(path);
}

/** What networks of the starter for a scale can do; undefined where there is none, or nobody has judged them. */
export async function starterSamples(scale: Scale): Promise<readonly Sample[] | undefined> {
  const path = starterPath(scale);
  return path === undefined ? undefined : (await readHead(path)).samples;
}

function starterPath(scale: Scale): string | undefined {
  const paths = [ownStarterPath(scale), resourcePath('starters', `x${scale}.weights`)];
  return paths.find((path) => existsSync(path));
}
