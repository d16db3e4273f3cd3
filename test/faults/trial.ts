import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { resultSchemas, type UpscaledFile } from '../../src-main/shared/results';
import { RunningCli, type CliOptions, type Ended } from '../support/builtCli';
import { checksums } from '../support/photoFiles';
import { difference, look } from './look';
import { pick, writeOddPhotos } from './oddPhotos';

const formats = [undefined, 'png', 'jpeg', 'webp', 'tiff'];
const precious = 'a file of somebody else';

export interface CheckOptions {
  /** Photos were changed or removed on purpose. */
  photosChange?: boolean;
  /** Results need not look like their photos: the network was changed on purpose. */
  anyLook?: boolean;
  /** Results of other photos lie there, too. */
  others?: readonly UpscaledFile[];
}

/** One batch of a few odd photos with options drawn by the seed, in folders of its own, and what becomes of it. */
export class Trial {
  readonly rng: Rng;
  readonly home: string;
  readonly photos: string;
  readonly out: string;
  /** Results may replace others; what lies in the way is then not kept. */
  readonly overwrite: boolean;
  private readonly options: string[];
  private readonly width: number | undefined;
  /** What lies where the result of a photo would go. */
  private inTheWay: string | undefined;
  private inputs: string[] = [];
  private before: Record<string, string> = {};

  constructor(
    readonly folder: string,
    readonly model: string,
    seed: number,
    run: number,
  ) {
    this.rng = new Rng(seed, run);
    this.home = join(folder, 'home');
    this.photos = join(folder, 'photos %20#');
    this.out = join(folder, 'out 出');
    for (const each of [this.home, this.photos]) mkdirSync(each, { recursive: true });
    const format = pick(this.rng, formats);
    this.width = this.rng.below(4) === 0 ? 40 + this.rng.below(300) : undefined;
    this.overwrite = this.rng.below(3) === 0;
    this.options = [
      ...(format === undefined ? [] : ['--format', format]),
      ...(this.width === undefined ? [] : ['--width', String(this.width)]),
      ...(this.overwrite ? ['--overwrite'] : []),
    ];
  }

  /** Writes the photos, and sometimes a file where the result of one would go. */
  async writePhotos(): Promise<void> {
    this.inputs = await writeOddPhotos(this.photos, this.rng, 3 + this.rng.below(4));
    const first = pick(this.rng, this.inputs);
    if (!this.overwrite && this.rng.below(3) === 0)
      this.inTheWay = join(this.out, first.slice(this.photos.length + 1));
    this.layInTheWay();
    this.remember();
  }

  layInTheWay(): void {
    if (this.inTheWay === undefined) return;
    mkdirSync(dirname(this.inTheWay), { recursive: true });
    writeFileSync(this.inTheWay, precious);
  }

  /** Photos of others besides. */
  add(paths: readonly string[]): void {
    this.inputs.push(...paths);
  }

  /** Takes the photos as they are now for what they are to stay. */
  remember(): void {
    this.before = checksums(this.photos);
    cpSync(this.photos, join(this.folder, 'as they were'), { recursive: true });
  }

  anyPhoto(): string {
    return pick(this.rng, this.inputs);
  }

  start(options: CliOptions = {}, { photos = this.photos, model = this.model } = {}): RunningCli {
    const args = ['upscale', photos, '--out', this.out, '--model', model, ...this.options];
    return new RunningCli(this.home, args, options);
  }

  /** Checks what an ended command says of its photos against what lies on the disk. */
  async check({ code, last }: Ended, options: CheckOptions = {}): Promise<UpscaledFile[]> {
    const { photosChange = false, others = [] } = options;
    expect(last).toMatchObject({ event: 'done' });
    const { files } = resultSchemas.upscale.parse(last);
    const told = files.map(({ input }) => input).sort();
    // What was removed before anybody looked was no photo of the batch.
    const expected = this.inputs.filter((path) => !photosChange || existsSync(path) || told.includes(path));
    expect(told).toEqual(expected.sort());
    expect(new Set(files.map(({ output }) => output)).size).toBe(files.length);
    expect(code).toBe(files.some(({ status }) => status === 'failed') ? 3 : 0);
    for (const file of files) await this.checkFile(file, options);
    if (!photosChange) expect(checksums(this.photos)).toEqual(this.before);
    this.checkNothingElse([...files, ...others]);
    return files;
  }

  /** Checks that nothing lies in the output folder but results that were told of, and nothing is left of the batch. */
  checkNothingElse(files: readonly UpscaledFile[]): void {
    const results = files.filter(({ status }) => status !== 'failed').map(({ output }) => output);
    const there = existsSync(this.out) ? Object.keys(checksums(this.out)) : [];
    const unknown = there.map((path) => join(this.out, path)).filter((path) => !results.includes(path));
    expect(unknown.filter((path) => path !== this.inTheWay)).toEqual([]);
    if (this.inTheWay !== undefined) expect(readFileSync(this.inTheWay, 'utf8')).toBe(precious);
    const journals = join(this.home, 'journals');
    expect(existsSync(journals) ? readdirSync(journals) : []).toEqual([]);
  }

  private async checkFile(file: UpscaledFile, { anyLook, others }: CheckOptions): Promise<void> {
    const { input, output, status, reason = '' } = file;
    if (status !== 'done') expect(reason.length).toBeGreaterThan(20);
    if (output === this.inTheWay) expect(status).not.toBe('done');
    else if (status === 'failed') expect(existsSync(output) && !others).toBe(false);
    else {
      const result = (await look(output, { whole: true }))!;
      if (others && status === 'skipped') return;
      const asItWas = join(this.folder, 'as they were', input.slice(this.photos.length + 1));
      const fits = [];
      for (const path of [input, asItWas].filter((each) => existsSync(each))) {
        const photo = await look(path, { whole: false });
        // What nobody else can read at all cannot have been upscaled.
        if (!photo) continue;
        const scale = this.width === undefined ? 2 : this.width / photo.width;
        const size = [photo.width, photo.height].map((n) => Math.max(1, Math.round(n * scale)));
        const wrong = [
          ...(size.join() === [result.width, result.height].join() ? [] : [`${size.join('x')} expected`]),
          ...(photo.isConstant || !result.isConstant ? [] : ['constant']),
          // A result that was made smaller than its photo has lost what a few cells are compared by.
          ...(anyLook === true || result.width < photo.width || difference(result, photo) < 12
            ? []
            : [`differs by ${difference(result, photo)}`]),
        ];
        fits.push(wrong.join());
      }
      expect(fits, `${input} is called ${status}, but ${fits.join()}`).toContain('');
    }
  }
}
