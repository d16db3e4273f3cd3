import { basename, resolve } from 'node:path';
import { UserError } from '../base/errors';
import { rememberedDevice } from '../latency/chosen';
import { processor } from '../latency/devices';
import { loadTable, tableKey } from '../latency/tableFile';
import { modelEntries } from '../model/entries';
import { importForeign } from '../model/importForeign';
import { findModel, homePath } from '../model/library';
import { cardOf, readModelBytes } from '../model/modelFile';
import { checkNewName, exportModel, removeModel, storeModel } from '../model/ownModels';
import { isModelName, type ModelsConfig } from '../shared/config';
import { scales, type Scale } from '../shared/modelCard';
import type { JobContext } from '../shared/progress';
import type { ListedModel, ResultOf, StoredModel } from '../shared/results';
import type { SpeedCurve } from '../shared/things';
import { curveHere, predictionOf } from '../train/speedCurve';

/** The model library: `list`, `show`, `import` a file, `export` to a file or folder, `remove`. */
export async function models(
  { action, model, out }: ModelsConfig,
  context: JobContext,
): Promise<ResultOf<'models'>> {
  if (action === 'list') return { action, ...(await listWithPredictions()) };
  if (model === undefined)
    throw new UserError(`Expected the name or the file of a model for models ${action}.`);
  switch (action) {
    case 'show':
      return { action, model: await findModel(model) };
    case 'import':
      return { action, ...(await importModel(resolve(model), context)) };
    case 'export':
      if (out === undefined) throw new UserError('Expected a file or a folder to write for models export.');
      return { action, model: await exportModel(model, resolve(out)) };
    case 'remove':
      return { action, model: await removeModel(model) };
  }
}

/** The library; where a model was measured on this device, with what latency table and curve say of it. */
async function listWithPredictions(): Promise<Pick<ResultOf<'models'>, 'models' | 'unreadable'>> {
  const folder = homePath('latency');
  const { models, unreadable } = await modelEntries(await rememberedDevice(folder, 'auto', 'inference'));
  const table = await loadTable(folder, tableKey(await rememberedDevice(folder, 'auto', 'search')));
  const curves = new Map<Scale, SpeedCurve>();
  if (table) for (const scale of scales) curves.set(scale, await curveHere(scale, table, models));
  const listed = models.map(({ path, card, here }): ListedModel => {
    if (!here) return { path, card };
    const curve = curves.get(card.scale);
    const predicted = table && curve && predictionOf({ ...card, ratio: here.ratio }, curve, table);
    return { path, card, here, ...(predicted && { predicted }) };
  });
  return { models: listed, unreadable };
}

/** Ours as it is; anybody else's is tried first and told how it did. */
async function importModel(
  file: string,
  context: JobContext,
): Promise<{ model: StoredModel; notes: string[] }> {
  const bytes = await readModelBytes(file);
  const card = cardOf(file, bytes);
  if (card) return { model: await storeModel(card, bytes), notes: [] };
  const name = nameFor(file);
  // Before the minute that trying it takes.
  await checkNewName(name);
  const imported = await importForeign(file, bytes, { name, device: processor() }, context);
  return { model: await storeModel(imported.card, imported.bytes), notes: imported.notes };
}

/** The file's name, as far as models may be called so. */
function nameFor(file: string): string {
  const name = basename(file)
    .replace(/\.onnx$/i, '')
    .replaceAll(/[^\p{L}\p{N} ._-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .slice(0, 80)
    .replace(/[^\p{L}\p{N}]+$/u, '');
  return isModelName(name) ? name : 'imported model';
}
