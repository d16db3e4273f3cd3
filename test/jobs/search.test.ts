import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import { decodePhoto } from '../../src-main/image/decode';
import { psnrY } from '../../src-main/image/metrics';
import { search } from '../../src-main/jobs/search';
import { processor, processorName } from '../../src-main/latency/devices';
import { tableKey } from '../../src-main/latency/tableFile';
import { readModelFile, withCard } from '../../src-main/model/modelFile';
import { isDecided } from '../../src-main/search/space';
import { parseConfig } from '../../src-main/shared/config';
import type { ModelCard } from '../../src-main/shared/modelCard';
import type { Progress } from '../../src-main/shared/progress';
import { beliefSchema, historyPointSchema, type Belief } from '../../src-main/shared/things';
import { readRecord } from '../../src-main/train/record';
import { searchSettings } from '../../src-main/train/searcher';
import type { TrainState } from '../../src-main/train/state';
import { tuneSettings } from '../../src-main/train/tuner';
import { temporaryFolder } from '../image/samples';
import { makeHome } from '../support/builtCli';
import { writePhotos } from '../support/photoFiles';

// Seconds of timing the finished model are left out; with `--steps` nothing else asks the clock.
vi.mock('../../src-main/latency/measure', async (original) => ({
  ...(await original<object>()),
  measureRatio: () => Promise.resolve({ msPerMP: 80, refMsPerMP: 100, ratio: 0.8 }),
}));

// Small and short: what is learned matters little here.
Object.assign(searchSettings, { shape: { patch: 8, weightBatch: 2, choiceBatch: 2 } });
Object.assign(tuneSettings, {
  shape: { patch: 8, batch: 2 },
  smallShape: { patch: 6, batch: 3 },
  settle: { steps: 10, rate: 1e-3, small: 0 },
});

const root = temporaryFolder();
const at = (...parts: string[]): string => join(root, ...parts);
const modelFile = (name: string): string => at('home', 'models', `${name}.onnx`);

interface Told {
  events: Progress[];
  /** Bytes of the picture of the crop at each point of the curves. */
  crops: Buffer[];
}

/** Searches that others go on with are copied from the first one, once it tells of these steps. */
const copies: Record<number, string> = { 6: 'early', 20: 'moved', 21: 'older', 35: 'late' };
const folderOf = (name: string): string => at('home', 'searches', name);

/** Runs a search of 40 steps, of which 12 search. */
async function run(name: string, { finish = false, restart = false, until = Infinity } = {}) {
  const told: Told = { events: [], crops: [] };
  const stop = new AbortController();
  const onProgress = (progress: Progress): void => {
    const event = JSON.parse(JSON.stringify(progress)) as Progress;
    told.events.push(event);
    const step = event.data?.['step'];
    if (typeof step !== 'number') return;
    told.crops.push(readFileSync(join(folderOf(name), 'crop-tailored.png')));
    // The checkpoint of the step before: an event is told first and saved then.
    if (step >= until) stop.abort();
    const copy = name === 'whole' && copies[step];
    if (copy) cpSync(folderOf(name), folderOf(copy), { recursive: true });
  };
  const config = parseConfig('search', { photos: [at('photos')], steps: 40, name, finish, restart });
  return { result: await search(config, { signal: stop.signal, onProgress }), ...told };
}

const datas = ({ events }: Told) => events.flatMap(({ data }) => (data ? [data] : []));
const points = (told: Told) => datas(told).filter((data) => 'step' in data);

let told: Awaited<ReturnType<typeof run>>;
beforeAll(async () => {
  vi.stubEnv('PIXEL_TAILOR_HOME', at('home'));
  await makeHome(at('home'));
  await writePhotos(at('photos'), 6);
  told = await run('whole');
});
afterAll(() => vi.unstubAllEnvs());

describe('a search tells', () => {
  test('budget and bicubic once, first of all figures', () => {
    const [first, ...others] = datas(told);
    expect(first).toEqual({ budget: 0.8, bicubicOnCrops: expect.any(Number) as number });
    expect(first!['bicubicOnCrops']).toBeGreaterThan(10);
    expect(others.some((data) => 'budget' in data)).toBe(false);
  });

  test('every point of the curves, with numbers that JSON can carry', async () => {
    const { history } = await readRecord(modelFile('whole'));
    expect(history).toHaveLength(40);
    expect(points(told).map((data) => historyPointSchema.parse(data))).toEqual(history);
  });

  test('what is likely, until nothing is left to choose', () => {
    const lists = ({ exits, fusions, trunk, cells }: Belief) => [
      ...[exits, fusions, trunk],
      ...cells.flatMap(({ inner, ops }) => [inner, ...ops]),
    ];
    const beliefs = points(told).map(({ belief }) => lists(beliefSchema.parse(belief)));
    for (const list of beliefs.flat()) expect(list.reduce((sum, { p }) => sum + p, 0)).toBeCloseTo(1, 9);
    expect(beliefs[0]!.every((list) => list.length > 1)).toBe(true);
    expect(beliefs.at(-1)!.every((list) => list.length === 1)).toBe(true);
  });

  test('how a crop of a held-out photo looks by now', async () => {
    const folder = folderOf('whole');
    const crops = points(told).map(({ crop, step }) => ({ crop, step }));
    for (const { crop, step } of crops) expect(crop).toEqual({ folder, version: step });
    expect(readdirSync(folder).sort()).toEqual([
      ...['checkpoint', 'crop-bicubic.png', 'crop-original.png', 'crop-tailored.png'],
    ]);
    expect(new Set(told.crops.map((bytes) => bytes.toString('base64'))).size).toBeGreaterThan(30);
    const read = async (name: string) => (await decodePhoto(join(folder, `crop-${name}.png`))).pixels;
    const [tailored, bicubic] = [await read('tailored'), await read('bicubic')];
    const original = await read('original');
    for (const picture of [tailored, bicubic, original])
      expect(picture).toMatchObject({ width: 192, height: 144, channels: 3 });
    // All of the same place: nothing is turned or shifted.
    for (const enlarged of [tailored, bicubic]) expect(psnrY(enlarged, original, 2)).toBeGreaterThan(15);
    expect(tailored.data).not.toEqual(bicubic.data);
  });
});

test.each([
  { name: 'moved', what: 'on another device', change: { key: 'gpu | A card | anything' } },
  { name: 'older', what: 'with a table of an older format', change: { format: 1, alone: undefined } },
])('a search that goes on $what says what that means there', async ({ name, change }) => {
  const path = join(folderOf(name), 'checkpoint');
  const read = () => deserialize(readFileSync(path)) as { state: TrainState };
  const checkpoint = read();
  Object.assign(Object.assign(checkpoint.state.aim!, { minutes: 7 }).table, change);
  writeFileSync(path, serialize(checkpoint));
  const { events } = await run(name);
  const said = events.filter(({ message }) => message?.includes('from here on'));
  expect(said.map(({ message }) => message)).toEqual([
    `the network that was found is trained on ${processorName()} from here on`,
  ]);
  expect(read().state.aim).toMatchObject({ minutes: 7, table: { key: tableKey(processor()) } });
});

describe('finish', () => {
  test('while searching: the most probable network, refined, settled for a moment, the same each time', async () => {
    cpSync(folderOf('early'), folderOf('again'), { recursive: true });
    const { result } = await run('early', { finish: true });
    expect(result).toMatchObject({ steps: 15, model: modelFile('early') });
    const { candidates, refinement, history } = await readRecord(modelFile('early'));
    expect(isDecided(candidates)).toBe(true);
    expect(Math.abs(refinement!.after / 0.8 - 1)).toBeLessThan(0.1);
    expect(history.filter(({ stage }) => stage === 'search')).toHaveLength(5);

    const { psnr, genotype } = (await run('again', { finish: true })).result;
    expect({ psnr, genotype }).toEqual({ psnr: result.psnr, genotype: result.genotype });
  });

  test('while training: the averaged weights at once; the plain command still goes on to the end', async () => {
    const finished = await run('late', { finish: true });
    expect(finished.result).toMatchObject({ steps: 34 });
    expect(points(finished)).toEqual([]);
    expect(existsSync(modelFile('late'))).toBe(true);

    const { steps, psnr } = (await run('late')).result;
    expect({ steps, psnr }).toEqual({ steps: 40, psnr: told.result.psnr });
  });

  test('without a search is refused, naming the way out', async () => {
    const refused = run('nothing', { finish: true });
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(/no search "nothing" to finish\. Leave out --finish.*--name/);
  });
});

describe('a model of that name which the search has not left there', () => {
  /** A search and a model that differs from the search's own in `parts`. */
  async function shelveAs(name: string, parts: Partial<ModelCard>): Promise<void> {
    cpSync(folderOf('whole'), folderOf(name), { recursive: true });
    const { bytes, card } = await readModelFile(modelFile('whole'));
    writeFileSync(modelFile(name), withCard(bytes, { ...card, name, ...parts }));
  }
  async function expectRefused(name: string, reason: RegExp, options = {}): Promise<void> {
    const before = readFileSync(modelFile(name));
    const refused = run(name, options);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(reason);
    expect(readFileSync(modelFile(name))).toEqual(before);
  }

  test('trained further: stays, unless --restart says that it may go, however often that is resumed', async () => {
    await shelveAs('further', { steps: 41 });
    await expectRefused('further', /further since this search\. Choose another --name, or --restart/);
    await expect(run('further', { restart: true, until: 2 })).rejects.toThrow('Cancelled');
    expect((await readModelFile(modelFile('further'))).card.steps).toBe(41);
    expect((await run('further', { finish: true })).result.steps).toBeLessThan(20);
    expect((await readModelFile(modelFile('further'))).card.steps).toBeLessThan(20);
  });

  test('of no search: stays', async () => {
    await shelveAs('alone', {});
    rmSync(folderOf('alone'), { recursive: true });
    await expectRefused('alone', /no search that can be resumed\. Choose another --name, or --restart/);
  });

  test('imported: stays in any case', async () => {
    await shelveAs('theirs', { kind: 'imported', steps: 0 });
    for (const restart of [false, true])
      await expectRefused('theirs', /was imported: .* another --name, or remove/, { restart });
  });
});
