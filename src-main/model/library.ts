import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { messageOf, UserError } from '../base/errors';
import { byExcess } from '../shared/enlarge';
import { scales } from '../shared/modelCard';
import type { StoredModel } from '../shared/results';
import { homeFolder } from './home';
import { readModelFile } from './modelFile';

/** Everything that Pixel Tailor keeps between runs, one folder each. */
type HomeFolder =
  'models' | 'latency' | 'searches' | 'journals' | 'starters' | 'training' | 'removed' | 'app';

/** It need not exist yet. */
export function homePath(folder: HomeFolder): string {
  return join(homeFolder(), folder);
}

/** The folder of the program itself, wherever this code was bundled to. */
function programFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error('The folder of the program is gone; install Pixel Tailor again.');
    folder = above;
  }
  return folder;
}

/** A file that was built beside this code. */
export const builtPath = (...parts: string[]): string => join(programFolder(), 'out', ...parts);

/** A file or folder that ships with the program. */
export function resourcePath(...parts: string[]): string {
  // The packaged app lies in one archive that native code cannot open; what it reads lies unpacked beside it.
  return join(programFolder().replace(/app\.asar$/, 'app.asar.unpacked'), 'resources', ...parts);
}

/** The photos that ship with the program to learn from; those in folders below are for something else. */
export async function samplePhotos(): Promise<string[]> {
  const folder = resourcePath('samples');
  return (await filesOf(folder)).filter((name) => name.endsWith('.jpg')).map((name) => join(folder, name));
}

/** Where the model of that name is kept. */
export function modelPath(name: string): string {
  return join(homePath('models'), `${name}.onnx`);
}

/** Where the record of how a model came to be is kept: beside its file. */
export const recordPath = (model: string): string => model.replace(/\.onnx$/, '.run.json');

/** Where the weights of a model are kept as they were in training, to train them further: beside its file. */
export const weightsPath = (model: string): string => model.replace(/\.onnx$/, '.weights');

export interface Library {
  /** Newest first, stock models last. */
  models: StoredModel[];
  unreadable: { path: string; reason: string }[];
}

/** Where the models that ship with the program lie. */
const stockFolder = (): string => resourcePath('models');

/** Reads the cards of all models, the user's own and those of `stock`; a damaged file is named, not thrown. */
export async function listModels(stock = stockFolder()): Promise<Library> {
  const library: Library = { models: [], unreadable: [] };
  for (const folder of [homePath('models'), stock]) {
    for (const file of (await filesOf(folder)).filter((name) => name.endsWith('.onnx'))) {
      const path = join(folder, file);
      try {
        library.models.push(await readStored(path, stock));
      } catch (error) {
        library.unreadable.push({ path, reason: messageOf(error) });
      }
    }
  }
  library.models.sort(
    (a, b) => kindOrder(a) - kindOrder(b) || Date.parse(b.card.created) - Date.parse(a.card.created),
  );
  return library;
}

/**
 * A model file with its card. One that ships with the program is a stock model by its place, whatever search has found
 * it, and is called after its file: "stock x2 fast", so that a search of one's own may be called "x2 fast".
 */
async function readStored(path: string, stock: string): Promise<StoredModel> {
  const { card } = await readModelFile(path);
  if (dirname(path) !== stock) return { path, card };
  return { path, card: { ...card, kind: 'stock', name: `stock ${basename(path, '.onnx')}` } };
}

/** Finds a model by its name in the library or by its file. Throws a {@link UserError} that names the known ones. */
export async function findModel(nameOrFile: string, stock = stockFolder()): Promise<StoredModel> {
  const library = await listModels(stock);
  const named = library.models.find(({ card }) => card.name === nameOrFile) ?? fileNamed(library, nameOrFile);
  if (named) return named;
  if (existsSync(nameOrFile)) return readStored(resolve(nameOrFile), stock);
  throw new UserError(`There is no model ${JSON.stringify(nameOrFile)}: ${knownNames(library)}`);
}

/**
 * The model to use where none was named: of the scale that leaves the least to resample, the newest tailored one, else
 * the stock model of the budget `balanced`, else the best stock one. UserError where there is none of any scale.
 */
export async function defaultModel(factor: number, stock = stockFolder()): Promise<StoredModel> {
  const { models } = await listModels(stock);
  for (const scale of [...scales].sort(byExcess(factor))) {
    const fitting = models.filter(({ card }) => card.scale === scale);
    const shipped = fitting.filter(({ card }) => card.kind === 'stock').sort((a, b) => gain(b) - gain(a));
    const usual =
      fitting.find(({ card }) => card.kind === 'tailored') ??
      shipped.find(({ card }) => card.budget.text === 'balanced') ??
      shipped[0];
    if (usual) return usual;
  }
  throw new UserError(
    `There is no model for --scale ${factor} yet. ` +
      `Search one with: pixel-tailor search --photos FOLDER --scale ${[...scales].sort(byExcess(factor))[0]} --budget fast`,
  );
}

/** Names of the searches that were begun on this machine, finished or not; not of those that were refused. */
export async function begunSearches(): Promise<string[]> {
  const folder = homePath('searches');
  return (await filesOf(folder)).filter((name) => existsSync(join(folder, name, 'checkpoint')));
}

/** Creates the folder of the user's own models where it is missing. */
export async function ensureModelFolder(): Promise<void> {
  await mkdir(homePath('models'), { recursive: true });
}

/** dB above bicubic. */
const gain = ({ card }: StoredModel): number => card.psnr.model - card.psnr.bicubic;

const kindOrder = ({ card }: StoredModel): number => (card.kind === 'stock' ? 1 : 0);

/** A file that was copied in by hand may be called otherwise than the name on its card. */
function fileNamed(library: Library, name: string): StoredModel | undefined {
  if (name.includes(sep)) return undefined;
  return library.models.find(({ path }) => basename(path, '.onnx') === name);
}

function knownNames(library: Library): string {
  const names = library.models.map(({ card }) => card.name);
  return names.length === 0
    ? 'the library is empty. Search one with: pixel-tailor search --photos FOLDER'
    : `the library has ${names.join(', ')}. Give one of these or the path of an .onnx file.`;
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
