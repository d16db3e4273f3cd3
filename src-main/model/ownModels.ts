import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../base/errors';
import { explainWriteError, placeFile } from '../image/placeFile';
import { isModelName } from '../shared/config';
import type { ModelCard } from '../shared/modelCard';
import type { StoredModel } from '../shared/results';
import {
  ensureModelFolder,
  findModel,
  homePath,
  listModels,
  modelPath,
  recordPath,
  weightsPath,
} from './library';
import { readModelFile, withCard } from './modelFile';

// What changes the library: models are stored, exported, renamed, removed and brought back. The record of how a model
// came to be and its weights as they were in training go with it.

/** Puts a model file into the library under its card's name. UserError where that is taken or can be no file's name. */
export async function storeModel(card: ModelCard, bytes: Uint8Array): Promise<StoredModel> {
  await checkNewName(card.name);
  await ensureModelFolder();
  const path = modelPath(card.name);
  await placeFile(path, bytes, { overwrite: false });
  return { path, card };
}

/** Copies a model file out of the library, to a file or into an existing folder. UserError where that exists already. */
export async function exportModel(name: string, out: string): Promise<StoredModel> {
  const { path: source, card } = await findModel(name);
  const isFolder = await stat(out).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const path = isFolder ? join(out, basename(source)) : out;
  if (!existsSync(dirname(path))) throw new UserError(`There is no folder ${dirname(path)} to export to.`);
  if (existsSync(path))
    throw new UserError(`${path} exists already. Choose another place or delete it first.`);
  await placeFile(path, (await readModelFile(source)).bytes, { overwrite: false });
  return { path, card };
}

/** Gives a model of the user's own another name, in its file too. The search that made it can still be resumed. */
export async function renameModel(name: string, newName: string): Promise<StoredModel> {
  const { path, card } = await ownModel(name);
  await checkNewName(newName);
  // A search of that name would go on from another model's checkpoint.
  if (existsSync(searchOf(newName)))
    throw new UserError(`A search called ${newName} has been begun already. Choose another name.`);
  const renamed = { ...card, name: newName };
  const bytes = withCard((await readModelFile(path)).bytes, renamed);
  const target = modelPath(newName);
  const moves = [...withItsFiles(path, target), [searchOf(card.name), searchOf(newName)] as const];
  await moveAll(moves);
  try {
    // Written last: where that fails, everything goes back.
    await placeFile(target, bytes, { overwrite: true });
  } catch (error) {
    await moveAll(moves.map(([from, to]) => [to, from]));
    throw error;
  }
  return { path: target, card: renamed };
}

/** So many removed models can be brought back. */
const keptRemovals = 20;

/** Takes a model of the user's own out of the library and returns what it was; {@link restoreModel} brings it back. */
export async function removeModel(name: string): Promise<StoredModel> {
  const model = await ownModel(name);
  // One folder a removal, so that two models of one name do not meet; the names sort by time.
  await mkdir(homePath('removed'), { recursive: true });
  const folder = await mkdtemp(join(homePath('removed'), `${Date.now()}-`));
  // A search of that name would go on from there and give the removed model back.
  await moveAll([
    ...withItsFiles(model.path, join(folder, basename(model.path))),
    [searchOf(model.card.name), join(folder, removedSearch)],
  ]);
  for (const old of (await removals()).slice(keptRemovals)) await rm(old, { recursive: true, force: true });
  return model;
}

/** Brings the model of that name that was removed last back. UserError where there is none or the name is taken. */
export async function restoreModel(name: string): Promise<StoredModel> {
  for (const folder of await removals()) {
    const file = (await readdir(folder)).find((one) => one.endsWith('.onnx'));
    if (file === undefined) continue;
    const removed = join(folder, file);
    const { card } = await readModelFile(removed);
    if (card.name !== name) continue;
    await refuseTaken(name);
    await refuseTaken(basename(file, '.onnx'));
    await ensureModelFolder();
    const path = join(homePath('models'), file);
    const search = searchOf(name);
    const back: Move[] = existsSync(search) ? [] : [[join(folder, removedSearch), search]];
    await moveAll([...withItsFiles(removed, path), ...back]);
    await rm(folder, { recursive: true });
    return { path, card };
  }
  throw new UserError(`No model ${JSON.stringify(name)} was removed lately: it cannot be brought back.`);
}

const removedSearch = 'search';
const searchOf = (model: string): string => join(homePath('searches'), model);

/** A model that may be changed. UserError for those that ship with the program or lie elsewhere. */
async function ownModel(name: string): Promise<StoredModel> {
  const model = await findModel(name);
  if (dirname(model.path) === homePath('models')) return model;
  if (model.card.kind === 'stock') {
    throw new UserError(
      `${model.card.name} ships with Pixel Tailor and stays as it is. ` +
        'To have a copy of your own, export it and import that: pixel-tailor models export, then import.',
    );
  }
  throw new UserError(`${model.path} is not one of your models in ${homePath('models')}; it stays.`);
}

/** UserError where a model cannot be called so, or one is already. */
export async function checkNewName(name: string): Promise<void> {
  if (!isModelName(name)) {
    throw new UserError(
      `${JSON.stringify(name)} cannot be a model's name. Use at most 80 letters, digits, spaces, dots, dashes and underscores.`,
    );
  }
  await refuseTaken(name);
}

/** Some file systems do not tell capitals from small letters, so names that differ in nothing else are one. */
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

async function refuseTaken(name: string): Promise<void> {
  await refuseStockName(name);
  const { models, unreadable } = await listModels();
  const own = models.filter(({ card }) => card.kind !== 'stock');
  const files = [...own, ...unreadable].map(({ path }) => basename(path, '.onnx'));
  const taken = [...own.map(({ card }) => card.name), ...files].find((other) => same(other, name));
  if (taken === undefined) return;
  throw new UserError(
    `The library already has a model ${taken}. Choose another name, or remove that one first: pixel-tailor models remove ${taken}`,
  );
}

/** UserError where a model that ships with the program is called so. */
export async function refuseStockName(name: string): Promise<void> {
  const { models } = await listModels();
  if (models.some(({ card }) => card.kind === 'stock' && same(card.name, name)))
    throw new UserError(`${name} is the name of a model that ships with Pixel Tailor. Choose another one.`);
}

/** The folders of removed models, the last one first. */
async function removals(): Promise<string[]> {
  const folder = homePath('removed');
  if (!existsSync(folder)) return [];
  return (await readdir(folder)).sort((a, b) => parseInt(b) - parseInt(a)).map((name) => join(folder, name));
}

type Move = readonly [from: string, to: string];

const withItsFiles = (from: string, to: string): Move[] => [
  [from, to],
  [recordPath(from), recordPath(to)],
  [weightsPath(from), weightsPath(to)],
];

/** Moves what is there of these files and folders; where one cannot be moved, none is. */
async function moveAll(moves: readonly Move[]): Promise<void> {
  const moved: Move[] = [];
  try {
    for (const move of moves) {
      if (!existsSync(move[0])) continue;
      await rename(...move);
      moved.push(move);
    }
  } catch (error) {
    for (const [from, to] of moved.reverse()) await rename(to, from);
    throw explainWriteError(moves[0]![1], error);
  }
}
