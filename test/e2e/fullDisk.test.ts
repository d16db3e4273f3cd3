import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseBudget } from '../../src-main/shared/budget';
import { resultSchemas } from '../../src-main/shared/results';
import { saveCheckpoint } from '../../src-main/train/checkpoint';
import { planSpace } from '../../src-main/train/plan';
import { initialState } from '../../src-main/train/state';
import { makeHome, runCli, testCosts, workplace } from '../support/builtCli';
import { checksums, writeModel, writePhotos } from '../support/photoFiles';

// Where the disk is full, or holds no file as large, a sentence says so and nothing that was there is lost.

const at = workplace();
const home = at('home');

interface SmallDisk {
  name: string;
  says: RegExp;
  /** Runs a command while `folder` holds only so many kilobytes; what lies there at its end is copied to `left`. */
  through: (folder: string, kilobytes: number, left: string) => string[];
  /** Room for a search, in checkpoints, and the step that it then goes on with. */
  search: { room: number; next: number };
}

const copyAndExit = 'code=$?; cp -R "$1/." "$3"; exit $code';

/** A limit on the size of files, which every user can set for himself. */
const smallFiles: SmallDisk = {
  name: 'a disk that holds no large files',
  says: /^The disk or your limits allow no file as large as .*\. Choose another disk\.$/,
  // `ulimit -f` counts blocks of 512 bytes.
  through: (folder, kilobytes, left) => {
    const lines = `(ulimit -f $((2 * $2)); shift 3; exec "$@"); ${copyAndExit}`;
    return ['sh', '-c', lines, 'sh', folder, String(kilobytes), left];
  },
  search: { room: 0.1, next: 1 },
};

/** A real disk in memory, mounted where only this command sees it: not every machine lets us. */
const mounting = [
  ['unshare', '--mount'],
  ['unshare', '--map-root-user', '--mount'],
].find(([file, ...args]) => {
  const mount = [...args, 'mount', '-t', 'tmpfs', 'tmpfs', at()];
  return spawnSync(file!, mount).status === 0;
});

const fullDisk = (unshare: readonly string[]): SmallDisk => ({
  name: 'a full disk',
  says: /^The disk is full: .* could not be written\. Free some space and try again\.$/,
  through: (folder, kilobytes, left) => {
    const mount = 'mount -t tmpfs -o size="$2"k tmpfs "$1" || exit 99';
    const lines = `${mount}; (shift 3; exec "$@"); ${copyAndExit}`;
    return [...unshare, 'sh', '-c', lines, 'sh', folder, String(kilobytes), left];
  },
  // The first checkpoint fits; the second one must not spoil it.
  search: { room: 1.5, next: 2 },
});

/** Size of a search's first checkpoint, in kilobytes. */
let checkpoint: number;

beforeAll(async () => {
  const space = planSpace(2, parseBudget('fast', 2, 1), testCosts());
  await saveCheckpoint(at('first'), {}, initialState(space, 1, { search: 3, tune: 7 }));
  checkpoint = statSync(at('first')).size / 1024;
  await makeHome(home);
  await writeModel(home, 'double');
  await writePhotos(at('photos', 'small'), 1, { width: 40, height: 30 });
  await writePhotos(at('photos', 'large'), 1, { width: 700, height: 500 });
  await writePhotos(at('good'), 4);
});

const disks = [smallFiles, ...(mounting ? [fullDisk(mounting)] : [])];

describe.each(disks)('$name', ({ name, says, through, search }) => {
  test('fails the photo that does not fit, and it alone', async () => {
    const [out, left] = [at(`${name} out`), at(`${name} results`)];
    for (const folder of [out, left]) mkdirSync(folder);
    const before = checksums(at('photos'));
    const args = ['upscale', at('photos', 'large'), at('photos', 'small'), '--out', out];
    const { code, last } = await runCli(home, args, { through: through(out, 300, left) });
    expect(code).toBe(3);
    const [large, small] = resultSchemas.upscale.parse(last).files;
    expect(large).toMatchObject({ status: 'failed', reason: expect.stringMatching(says) as string });
    expect(large?.reason).toContain(large!.output);
    expect(small).toMatchObject({ status: 'done' });
    expect(readdirSync(left)).toEqual(['photo 1 (2).png']);
    expect(checksums(at('photos'))).toEqual(before);
  });

  test('ends a search, which goes on where it was once there is room', async () => {
    const { room, next } = search;
    const [folder, left] = [at('home', 'searches', name), at(`${name} search`)];
    for (const made of [folder, left]) mkdirSync(made, { recursive: true });
    const args = ['search', '--photos', at('good'), '--steps', '10', '--name', name];
    const { code, last } = await runCli(home, args, {
      through: through(folder, Math.ceil(room * checkpoint), left),
    });
    expect(last).toMatchObject({
      event: 'error',
      exitCode: 2,
      message: expect.stringMatching(says) as string,
    });
    expect(code).toBe(2);
    expect(last?.message).toContain('checkpoint');
    expect(readdirSync(left).sort()).toEqual([
      ...(next === 1 ? [] : ['checkpoint']),
      ...['crop-bicubic.png', 'crop-original.png', 'crop-tailored.png'],
    ]);
    expect(existsSync(at('home', 'models', `${name}.onnx`))).toBe(false);

    cpSync(left, folder, { recursive: true });
    const again = await runCli(home, args);
    expect(again).toMatchObject({ code: 0, last: { event: 'done' } });
    expect(again.lines.find(({ data }) => data?.['step'])?.data).toMatchObject({ step: next });
  }, 120_000);
});
