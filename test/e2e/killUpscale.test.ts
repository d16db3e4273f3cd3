import { readdirSync, statSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { batchDataSchema, resultSchemas } from '../../src-main/shared/results';
import { makeHome, runCli, RunningCli, workplace, type Line } from '../support/builtCli';
import { checksums, writeModel, writePhotos } from '../support/photoFiles';

// An engine that is killed with -9 in the middle of a batch costs at most the photos in flight, and no file.

const at = workplace();
const names = Array.from({ length: 8 }, (_, i) => `photo ${i + 1}.png`);

beforeAll(async () => {
  await makeHome(at('home'));
  await writePhotos(at('photos'), names.length, { width: 400, height: 300 });
  await writeModel(at('home'), 'slow', { width: 32, cells: 3 });
});

const dataOf = ({ data }: Line) => batchDataSchema.safeParse(data).data;

test.each([[false], [true]])(
  'each photo is done once, none is left alone (--overwrite: %j)',
  async (overwrite) => {
    const before = checksums(at('photos'));
    const running = new RunningCli(at('home'), [
      ...['upscale', at('photos'), '--out', at(`out ${overwrite}`), '--model', 'slow', '--format', 'webp'],
      ...(overwrite ? ['--overwrite'] : []),
    ]);
    for (const settled of [1, 4]) {
      await running.until((line) => dataOf(line)?.file === settled && dataOf(line)?.settled !== undefined);
      process.kill(running.engines().at(-1)!, 'SIGKILL');
    }
    const finished = statSync(at(`out ${overwrite}`, 'photo 1.webp')).mtimeMs;
    const { code, last, lines } = await running.ended;
    expect(code).toBe(0);
    expect(running.engines()).toHaveLength(3);
    expect(lines.filter(({ phase }) => phase === 'restarting')).toHaveLength(2);
    const { files } = resultSchemas.upscale.parse(last);
    expect(files.map(({ input, status }) => [input, status])).toEqual(
      names.map((name) => [at('photos', name), 'done']),
    );
    expect(Object.keys(checksums(at(`out ${overwrite}`)))).toEqual(
      names.map((name) => name.replace('png', 'webp')),
    );
    expect(statSync(at(`out ${overwrite}`, 'photo 1.webp')).mtimeMs).toBe(finished);
    // What was settled stays so; each death repeats only what was in flight: one photo in the network, one being encoded.
    const told = lines.flatMap((line) => dataOf(line) ?? []);
    const settled = told.flatMap(({ file, settled: end }) => (end ? [file] : []));
    expect(new Set(settled).size).toBe(settled.length);
    expect(told.filter(({ working }) => working).length).toBeLessThanOrEqual(names.length + 2 * 2);
    const fractions = lines.slice(0, -1).map(({ fraction }) => fraction as number);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(checksums(at('photos'))).toEqual(before);
  },
);

test.each(['SIGKILL', 'SIGINT'] as const)(
  'after %s of the whole command the same one goes on, and leaves nothing but results',
  async (signal) => {
    const args = ['upscale', at('photos'), '--out', at(signal), '--model', 'slow', '--format', 'webp'];
    const killed = new RunningCli(at('home'), args);
    await killed.until((line) => dataOf(line)?.file === 4 && dataOf(line)?.settled !== undefined);
    await killed.signalAll(signal);
    const whole = checksums(at(signal));
    const { code, last, lines } = await runCli(at('home'), args);
    expect(code).toBe(0);
    const { files } = resultSchemas.upscale.parse(last);
    expect(files.map(({ status }) => status)).toEqual(names.map(() => 'done'));
    const worked = lines.filter((line) => dataOf(line)?.working).length;
    expect(worked).toBeLessThanOrEqual(names.length - 5);
    const results = checksums(at(signal));
    expect(Object.keys(results)).toEqual(names.map((name) => name.replace('png', 'webp')));
    const finished = Object.entries(whole).filter(([name]) => name.endsWith('.webp'));
    expect(finished.length).toBeGreaterThanOrEqual(5);
    expect(results).toMatchObject(Object.fromEntries(finished.filter(([name]) => !name.startsWith('.'))));
    expect(readdirSync(at('home', 'journals'))).toEqual([]);
  },
);

test('a command with other options does not go on with it', async () => {
  const args = ['upscale', at('photos'), '--out', at('other'), '--model', 'slow'];
  const killed = new RunningCli(at('home'), args);
  await killed.until((line) => dataOf(line)?.settled !== undefined);
  await killed.signalAll('SIGKILL');
  const { last } = await runCli(at('home'), [...args, '--quality', '90']);
  expect(resultSchemas.upscale.parse(last).files[0]).toMatchObject({ status: 'skipped' });
});
