import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import type * as Library from '../../src-main/model/library';
import { findModel, homePath, listModels, modelPath, recordPath } from '../../src-main/model/library';
import { openModel, readModelFile } from '../../src-main/model/modelFile';
import {
  exportModel,
  removeModel,
  renameModel,
  restoreModel,
  storeModel,
} from '../../src-main/model/ownModels';
import { checksums } from '../support/photoFiles';
import { storeTiny } from '../support/tinyModels';

/** Stands for `resources/models` where a test sets it. */
const stock: { folder?: string | undefined } = {};
vi.mock('../../src-main/model/library', async (original) => {
  const library = await original<typeof Library>();
  return {
    ...library,
    listModels: () => library.listModels(stock.folder),
    findModel: (name: string) => library.findModel(name, stock.folder),
  };
});

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'own-models-'));
  vi.stubEnv('PIXEL_TAILOR_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

/** A model with its record. */
async function store(name: string, params = 1): Promise<string> {
  const path = await storeTiny(name, { params });
  await writeFile(recordPath(path), `record of ${name}`);
  return path;
}
const names = async () => (await listModels()).models.map(({ card }) => card.name);
const searchOf = (name: string) => join(homePath('searches'), name);

describe('renaming', () => {
  it('moves the model, its record and its search, and changes the name inside the file', async () => {
    const path = await store('lisbon', 7);
    await mkdir(searchOf('lisbon'), { recursive: true });
    await writeFile(join(searchOf('lisbon'), 'checkpoint'), 'state');
    expect(await renameModel('lisbon', 'Porto 2')).toMatchObject({ path: modelPath('Porto 2') });
    expect((await findModel('Porto 2')).card).toMatchObject({ name: 'Porto 2', params: 7 });
    expect(await readFile(recordPath(modelPath('Porto 2')), 'utf8')).toBe('record of lisbon');
    expect(await readFile(join(searchOf('Porto 2'), 'checkpoint'), 'utf8')).toBe('state');
    for (const old of [path, recordPath(path), searchOf('lisbon')]) expect(existsSync(old)).toBe(false);
    const net = await openModel(modelPath('Porto 2'));
    expect(await net.run(new Float32Array(3).fill(0.5), 1, 1)).toEqual(new Float32Array(12).fill(0.5));
    await net.dispose();
  });

  it.each(['porto', 'PORTO', 'Lisbon', 'lisbon'])(
    'never takes the name %s of a model that is there',
    async (name) => {
      await store('lisbon');
      await store('Porto');
      const before = checksums(home);
      await expect(renameModel('lisbon', name)).rejects.toThrow(UserError);
      await expect(renameModel('lisbon', name)).rejects.toThrow('already has a model');
      expect(checksums(home)).toEqual(before);
    },
  );

  it('never takes the name of a search', async () => {
    await store('lisbon');
    await mkdir(searchOf('porto'), { recursive: true });
    await expect(renameModel('lisbon', 'porto')).rejects.toThrow('A search called porto');
  });

  it.each(['../evil', '', 'con', 'bicubic'])('refuses the name %j', async (name) => {
    await store('lisbon');
    await expect(renameModel('lisbon', name)).rejects.toThrow("cannot be a model's name");
  });

  it('leaves everything as it was where a part cannot be moved', async () => {
    await store('lisbon');
    // A record cannot take the place of a folder that is not empty.
    await mkdir(join(recordPath(modelPath('porto')), 'in the way'), { recursive: true });
    const before = checksums(home);
    await expect(renameModel('lisbon', 'porto')).rejects.toThrow(UserError);
    expect(checksums(home)).toEqual(before);
  });
});

describe('removing', () => {
  it('takes a model out of the library, with its record and its search, until it is restored', async () => {
    const path = await store('lisbon');
    await mkdir(searchOf('lisbon'), { recursive: true });
    const before = checksums(home);
    expect((await removeModel('lisbon')).card.name).toBe('lisbon');
    expect(await names()).not.toContain('lisbon');
    expect(existsSync(recordPath(path))).toBe(false);
    expect(existsSync(searchOf('lisbon'))).toBe(false);
    expect(await restoreModel('lisbon')).toMatchObject({ path, card: { name: 'lisbon' } });
    expect(checksums(home)).toEqual(before);
    await expect(restoreModel('lisbon')).rejects.toThrow('No model "lisbon" was removed');
  });

  it('leaves a search alone that was begun under the name since', async () => {
    await store('lisbon');
    for (const state of ['old', 'new']) {
      await mkdir(searchOf('lisbon'), { recursive: true });
      await writeFile(join(searchOf('lisbon'), 'checkpoint'), state);
      if (state === 'old') await removeModel('lisbon');
    }
    await restoreModel('lisbon');
    expect(await readFile(join(searchOf('lisbon'), 'checkpoint'), 'utf8')).toBe('new');
  });

  it('is undone for the last one of a name first, and never onto another model', async () => {
    for (const params of [1, 2]) {
      await store('lisbon', params);
      await removeModel('lisbon');
    }
    await store('LISBON', 3);
    await expect(restoreModel('lisbon')).rejects.toThrow('already has a model LISBON');
    await removeModel('LISBON');
    expect((await restoreModel('lisbon')).card.params).toBe(2);
    await removeModel('lisbon');
    await rm(join(homePath('removed'), (await readdir(homePath('removed'))).sort().at(-1)!), {
      recursive: true,
    });
    expect((await restoreModel('lisbon')).card.params).toBe(1);
  });

  it('is possible for one that is called otherwise than its file', async () => {
    const path = join(home, 'models', 'copied by hand.onnx');
    await storeTiny('copied by hand', { name: 'faro' });
    await removeModel('faro');
    expect(existsSync(path)).toBe(false);
    expect((await restoreModel('faro')).path).toBe(path);
  });

  it('is never undone onto the file of a model that is called otherwise', async () => {
    await storeTiny('copied by hand', { name: 'faro' });
    await removeModel('faro');
    const other = await store('copied by hand');
    const before = await readFile(other);
    await expect(restoreModel('faro')).rejects.toThrow('already has a model copied by hand');
    expect(await readFile(other)).toEqual(before);
  });

  it('keeps no more than the last twenty', async () => {
    await store('first');
    await removeModel('first');
    for (let i = 0; i < 20; i++) {
      await store(`lisbon ${i}`);
      await removeModel(`lisbon ${i}`);
    }
    await expect(restoreModel('first')).rejects.toThrow('No model "first"');
    expect((await restoreModel('lisbon 0')).card.name).toBe('lisbon 0');
  });
});

it("only one's own models can be changed", async () => {
  const own = await storeTiny('faro');
  const elsewhere = join(home, 'elsewhere.onnx');
  await writeFile(elsewhere, await readFile(own));
  await expect(removeModel(elsewhere)).rejects.toThrow('it stays');
  await expect(renameModel(elsewhere, 'porto')).rejects.toThrow('it stays');
});

describe('a model that ships with the program', () => {
  // The folder that stands for `resources/models`.
  const shipped = () => join(home, 'stock', 'x2 fast.onnx');
  beforeEach(async () => {
    const own = await storeTiny('lisbon');
    await mkdir(dirname(shipped()));
    await rename(own, shipped());
    stock.folder = dirname(shipped());
  });
  afterEach(() => {
    stock.folder = undefined;
  });

  it('is neither removed nor renamed, and says how to get a copy', async () => {
    await expect(removeModel('stock x2 fast')).rejects.toThrow(/ships with Pixel Tailor and stays.*export/);
    await expect(renameModel('x2 fast', 'porto')).rejects.toThrow('ships with Pixel Tailor and stays');
    expect(existsSync(shipped())).toBe(true);
  });

  it("is exported under its file name, and that file is taken in as a model of one's own", async () => {
    const { path } = await exportModel('stock x2 fast', home);
    expect(path).toBe(join(home, 'x2 fast.onnx'));
    const { card, bytes } = await readModelFile(path);
    expect((await storeModel(card, bytes)).path).toBe(modelPath('lisbon'));
  });

  it('keeps its name to itself', async () => {
    await store('porto');
    await expect(renameModel('porto', 'Stock X2 fast')).rejects.toThrow('a model that ships with');
    expect(await renameModel('porto', 'x2 fast')).toMatchObject({ path: modelPath('x2 fast') });
  });
});

it('a model that calls itself otherwise is exported into the folder that was named', async () => {
  await storeTiny('lisbon', { name: '../evil' });
  const folder = join(home, 'usb');
  await mkdir(folder);
  const { path } = await exportModel('lisbon', folder);
  expect(dirname(path)).toBe(folder);
});
