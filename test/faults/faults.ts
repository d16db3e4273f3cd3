import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import type { UpscaledFile } from '../../src-main/shared/results';
import * as acts from './acts';
import { damage, pick, writeOddPhotos } from './oddPhotos';
import type { Trial } from './trial';

const { again, moment, noneFailed, signalAll } = acts;

/** What befalls a batch; checks and returns how its photos ended. */
export type Fault = (trial: Trial, world: acts.World) => Promise<readonly UpscaledFile[]>;

export const faults: Record<string, Fault> = {
  'engine killed': async (trial, world) => {
    const running = trial.start();
    for (let kills = 1 + trial.rng.below(2); kills > 0; kills--) {
      await moment(trial, world, running);
      const engine = running.engines().at(-1);
      if (engine !== undefined) acts.kill(engine);
    }
    return noneFailed(await trial.check(await running.ended));
  },

  'command killed': async (trial, world) => {
    for (let kills = 1 + trial.rng.below(3); kills > 0; kills--) {
      const running = trial.start();
      await moment(trial, world, running);
      await signalAll(running, 'SIGKILL');
    }
    return again(trial);
  },

  'command killed, not its engine': async (trial, world) => {
    const running = trial.start();
    await moment(trial, world, running);
    running.killAlone();
    return again(trial);
  },

  'power cut': async (trial, world) => {
    const running = trial.start();
    await moment(trial, world, running);
    await signalAll(running, 'SIGKILL');
    acts.tearJournals(trial);
    return again(trial);
  },

  cancelled: async (trial, world) => {
    const running = trial.start();
    await moment(trial, world, running);
    await signalAll(running, 'SIGINT');
    return again(trial);
  },

  'disk full': async (trial, { mounts }) => {
    if (!mounts) return noLargeFiles(trial);
    acts.mount(trial, `size=${8 + trial.rng.below(200)}k`);
    try {
      trial.layInTheWay();
      const files = await trial.check(await trial.start().ended);
      acts.mount(trial, 'remount,size=100m');
      await again(trial);
      return files;
    } finally {
      spawnSync('umount', [trial.out]);
    }
  },

  'no large files': noLargeFiles,

  'network fails': async (trial) => {
    const mode = pick(trial.rng, ['throws', 'nan', 'black', 'huge']);
    const files = await trial.check(await trial.start(acts.breaking(mode, trial.rng.below(5))).ended);
    await again(trial);
    return files;
  },

  'network kills engine': async (trial) => {
    const files = await trial.check(await trial.start(acts.breaking('dies', 1 + trial.rng.below(4))).ended);
    await again(trial);
    return files;
  },

  'model damaged': async (trial) => {
    const model = join(trial.folder, 'model.onnx');
    cpSync(trial.model, model);
    damage(model, trial.rng);
    const ended = await trial.start({}, { model }).ended;
    if (ended.last?.event !== 'error') return trial.check(ended, { anyLook: true });
    expect([1, 2]).toContain(ended.code);
    expect(ended.last.message).toContain('model');
    trial.checkNothingElse([]);
    return [];
  },

  'photos damaged': async (trial) => {
    for (let count = 1 + trial.rng.below(4); count > 0; count--) damage(trial.anyPhoto(), trial.rng);
    trial.remember();
    return trial.check(await trial.start().ended);
  },

  'photo changes': async (trial, world) => {
    const running = trial.start();
    await moment(trial, world, running);
    const photo = trial.anyPhoto();
    if (trial.rng.below(2) === 0) rmSync(photo);
    else damage(photo, trial.rng);
    return trial.check(await running.ended, { photosChange: true });
  },

  'photo folder goes': async (trial) => {
    const running = trial.start();
    await acts.atWork(trial, running);
    rmSync(trial.photos, { recursive: true });
    return trial.check(await running.ended, { photosChange: true });
  },

  'output folder goes': async (trial) => {
    const running = trial.start();
    await acts.atWork(trial, running);
    // At once, as a disk that is pulled out: it is being written to.
    renameSync(trial.out, join(trial.folder, 'gone'));
    const files = acts.filesOf(await running.ended);
    for (const { status, output, reason } of files) {
      expect(status === 'done').toBe(existsSync(output));
      if (status === 'failed') expect(reason).toMatch(/folder/);
    }
    trial.layInTheWay();
    await again(trial);
    return files;
  },

  'the same twice at once': async (trial) => {
    const ends = await Promise.all([trial.start().ended, trial.start().ended]);
    const files = [];
    for (const ended of ends) files.push(...noneFailed(await trial.check(ended)));
    return files;
  },

  'others of the same names at once': async (trial) => {
    const photos = join(trial.folder, 'others');
    cpSync(trial.photos, photos, { recursive: true });
    await writeOddPhotos(photos, trial.rng, 2);
    const [first, second] = await Promise.all([trial.start().ended, trial.start({}, { photos }).ended]);
    const others = acts.filesOf(second);
    const files = await trial.check(first, { others });
    const done = [...files, ...others].filter(({ status }) => status === 'done').map(({ output }) => output);
    if (!trial.overwrite) expect(new Set(done).size).toBe(done.length);
    return [...files, ...others];
  },
};

/** Only where there are photos of others. */
export const fixtureFaults: Record<string, Fault> = {
  'fixtures damaged': async (trial, { fixtures }) => {
    const paths = [...new Set(Array.from({ length: 3 }, () => pick(trial.rng, fixtures)))];
    const copies = paths.map((path) => join(trial.photos, `fixture ${basename(path)}`));
    for (const [i, path] of paths.entries()) {
      cpSync(path, copies[i]!);
      if (trial.rng.below(4) > 0) damage(copies[i]!, trial.rng);
    }
    trial.add(copies);
    trial.remember();
    return trial.check(await trial.start().ended);
  },
};

async function noLargeFiles(trial: Trial): Promise<readonly UpscaledFile[]> {
  const files = await trial.check(await trial.start(acts.filesUpTo(8 + trial.rng.below(200))).ended);
  await again(trial);
  return files;
}
