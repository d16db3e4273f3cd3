import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../base/errors';
import { placeFile } from '../image/placeFile';
import { ensureModelFolder, findModel, listModels, modelPath, removeModel } from '../model/library';
import { readModelFile } from '../model/modelFile';
import { isModelName, type ModelsConfig } from '../shared/config';
import type { ResultOf } from '../shared/results';

/** The model library: `list`, `show`, `import` a file, `export` to a file or folder, `remove`. */
export async function models({ action, model, out }: ModelsConfig): Promise<ResultOf<'models'>> {
  if (action === 'list') return { action, ...(await listModels()) };
  if (model === undefined)
    throw new UserError(`Expected the name or the file of a model for models ${action}.`);
  switch (action) {
    case 'show':
      return { action, model: await findModel(model) };
    case 'import':
      return { action, model: await importModel(resolve(model)) };
    case 'export':
      if (out === undefined) throw new UserError('Expected a file or a folder to write for models export.');
      return { action, model: await exportModel(model, resolve(out)) };
    case 'remove':
      return { action, model: await removeModel(model) };
  }
}

async function importModel(file: string) {
  const { card, bytes } = await readModelFile(file);
  const { name } = card;
  if (!isModelName(name)) {
    throw new UserError(
      `${file} holds a model named ${JSON.stringify(name)}, which cannot be a file's name.`,
    );
  }
  const path = modelPath(name);
  const { models: known } = await listModels();
  if (known.some((one) => one.card.name === name || one.path === path)) {
    throw new UserError(
      `The library already has a model ${name}. Remove it first: pixel-tailor models remove ${name}`,
    );
  }
  await ensureModelFolder();
  await placeFile(path, bytes, { overwrite: true });
  return { path, card };
}

async function exportModel(name: string, out: string) {
  const { path: source, card } = await findModel(name);
  const isFolder = await stat(out).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const path = isFolder ? join(out, `${card.name}.onnx`) : out;
  if (!(await exists(dirname(path))))
    throw new UserError(`There is no folder ${dirname(path)} to export to.`);
  if (await exists(path))
    throw new UserError(`${path} exists already. Choose another place or delete it first.`);
  await placeFile(path, (await readModelFile(source)).bytes, { overwrite: false });
  return { path, card };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
