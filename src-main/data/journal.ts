import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { explainWriteError } from '../image/placeFile';
import { isLeft, removeLeftovers } from '../image/temporary';
import { upscaledFileSchema, type UpscaledFile } from '../shared/results';
import { sameStamp, stampOfFile, stampOfName, stampSchema, type Stamp } from './stamp';

/** A photo of a batch, known by where it comes from and where its result goes. */
export type PhotoPlaces = Pick<UpscaledFile, 'input' | 'output'>;

const places = { input: z.string(), output: z.string() };

/**
 * A line says that an engine took the batch up, that a person asked for it anew, that work on a photo begins, that it was
 * given back unfinished, that its finished result is about to get its name, or how it ended.
 */
const lineSchema = z.discriminatedUnion('step', [
  z.object({ step: z.literal('taken'), pid: z.int() }),
  z.object({ step: z.literal('anew') }),
  z.object({ step: z.literal('begun'), ...places, source: stampSchema.exactOptional() }),
  z.object({ step: z.literal('released'), ...places }),
  z.object({ step: z.literal('placing'), file: upscaledFileSchema, result: stampSchema }),
  z.object({ step: z.literal('settled'), file: upscaledFileSchema }),
]);
type Line = z.infer<typeof lineSchema>;

interface Known {
  places: PhotoPlaces;
  /** Engines that died while it was in work. */
  deaths: number;
  /** The photo when work on it last began. */
  source?: Stamp;
  /** The result that was to get its name last, and what is to be said of it. */
  placing?: { result: Stamp; file: UpscaledFile };
  settled?: UpscaledFile;
}

/** So many engines may die at the work on one photo before it is given up. */
export const mostDeaths = 3;

/** Milliseconds that an engine may take to end after its command was killed. */
const longestEnd = 5000;

/**
 * The journal of a batch: a file of JSON lines, one written before each step, from which the same batch goes on after
 * its engine or its command died at any moment. Lines are written synchronously, so that each is on the disk before its
 * step is done.
 */
export class Journal {
  private readonly known = new Map<string, Known>();
  private readonly file: number;
  private lastEngine?: number;

  /** Opens the journal or begins it. UserError where it cannot be written. */
  constructor(private readonly path: string) {
    try {
      this.file = openSync(path, 'a');
      const text = readFileSync(path, 'utf8');
      for (const line of text.split('\n')) this.replay(line);
      // A power cut may have torn the last line.
      if (text !== '' && !text.endsWith('\n')) writeSync(this.file, '\n');
    } catch (error) {
      throw explainWriteError(path, error);
    }
  }

  /** Whether no work was ever begun. */
  get isEmpty(): boolean {
    return this.known.size === 0;
  }

  /** A person asks for the batch once more: only what is done is not tried again. */
  startAnew(): void {
    if (!this.isEmpty) this.write({ step: 'anew' });
  }

  /** This engine takes the batch up, once the one before it has ended. */
  async take(): Promise<void> {
    const end = Date.now() + longestEnd;
    while (this.lastEngine !== undefined && !isLeft(this.path, this.lastEngine) && Date.now() < end)
      await pause(20);
    this.write({ step: 'taken', pid: process.pid });
  }

  /** Removes half-written files that engines which are gone left behind. */
  async tidy(): Promise<void> {
    const folders = [...this.known.values()].map(({ places }) => dirname(places.output));
    for (const folder of new Set(folders)) await removeLeftovers(folder);
  }

  /** Where results of this batch were put. */
  results(): string[] {
    return [...this.known.values()].flatMap(({ placing }) => (placing ? [placing.file.output] : []));
  }

  /** Engines that died while this photo was in work, not counting what was settled since. */
  deaths(photo: PhotoPlaces): number {
    return this.known.get(keyOf(photo))?.deaths ?? 0;
  }

  /** How the photo ended, where nothing is left to do for it. */
  settledBefore(photo: PhotoPlaces): UpscaledFile | undefined {
    const known = this.known.get(keyOf(photo));
    if (!known) return undefined;
    const { deaths, source, placing, settled } = known;
    if (settled && settled.status !== 'done') return settled;
    const now = stampOfName(photo.output);
    if (placing && now && sameStamp(placing.result, now) && sameStamp(source, stampOfFile(photo.input)))
      return settled ?? this.found(placing.file);
    // Results are put in place whole; where that takes two steps, the first one claims the name.
    if (placing && !settled && now?.size === 0) rmSync(photo.output);
    if (settled || deaths < mostDeaths) return undefined;
    const reason =
      `${photo.input} was in work each of the ${deaths} times that the engine died, and is left out. ` +
      'It may be damaged, or need more memory than there is: try it alone, with fewer other programs open.';
    return this.found({ ...photo, status: 'failed', reason, seconds: 0 });
  }

  /** Work on the photo, as it was when it was planned, begins. */
  begin({ input, output, source }: PhotoPlaces & { source?: Stamp }): void {
    this.write({ step: 'begun', input, output, ...(source && { source }) });
  }

  /** Work on the photo ends without a result, by no fault of the photo. */
  release({ input, output }: PhotoPlaces): void {
    this.write({ step: 'released', input, output });
  }

  /** The finished result lies at `temporary` and is to get its name next; `file` is how the photo ends then. */
  placing(file: UpscaledFile, temporary: string): void {
    this.write({ step: 'placing', file, result: stampOfFile(temporary)! });
  }

  settle(file: UpscaledFile): void {
    this.write({ step: 'settled', file });
  }

  close(): void {
    closeSync(this.file);
  }

  private found(file: UpscaledFile): UpscaledFile {
    this.settle(file);
    return file;
  }

  private write(line: Line): void {
    try {
      writeSync(this.file, `${JSON.stringify(line)}\n`);
      fdatasyncSync(this.file);
    } catch (error) {
      throw explainWriteError(this.path, error);
    }
  }

  private replay(text: string): void {
    const line = lineSchema.safeParse(parsed(text)).data;
    if (line?.step === 'taken') this.lastEngine = line.pid;
    else if (line?.step === 'anew') for (const [key, known] of this.known) this.known.set(key, anew(known));
    else if (line) {
      const { input, output } = 'file' in line ? line.file : line;
      const key = keyOf({ input, output });
      this.known.set(key, after(this.known.get(key) ?? { places: { input, output }, deaths: 0 }, line));
    }
  }
}

function after(known: Known, line: Exclude<Line, { step: 'taken' | 'anew' }>): Known {
  switch (line.step) {
    case 'begun': {
      const { source: _, settled: _settled, deaths, ...kept } = known;
      return { ...kept, deaths: deaths + 1, ...(line.source && { source: line.source }) };
    }
    case 'released':
      return { ...known, deaths: known.deaths - 1 };
    case 'placing':
      return { ...known, placing: { result: line.result, file: line.file } };
    case 'settled':
      return { ...known, deaths: 0, settled: line.file };
  }
}

function anew({ settled, ...known }: Known): Known {
  return { ...known, deaths: 0, ...(settled?.status === 'done' && { settled }) };
}

const keyOf = (photo: PhotoPlaces): string => JSON.stringify([photo.input, photo.output]);

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
