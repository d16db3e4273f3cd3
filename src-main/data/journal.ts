import { closeSync, fdatasyncSync, lstatSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { explainWriteError, removeLeftovers } from '../image/placeFile';
import { upscaledFileSchema, type UpscaledFile } from '../shared/results';

/** A photo of a batch, known by where it comes from and where its result goes. */
export type PhotoPlaces = Pick<UpscaledFile, 'input' | 'output'>;

const places = { input: z.string(), output: z.string() };

/** A line says that work on a photo begins, that it was given back unfinished, or how it ended. */
const lineSchema = z.discriminatedUnion('step', [
  z.object({ step: z.literal('begun'), ...places, at: z.number(), before: z.string().nullable() }),
  z.object({ step: z.literal('released'), ...places }),
  z.object({ step: z.literal('settled'), file: upscaledFileSchema }),
]);
type Line = z.infer<typeof lineSchema>;

interface Known {
  output: string;
  /** Engines that died while it was in work. */
  deaths: number;
  /** The last time that work began: when, and what lay in the result's place then. */
  begun?: { at: number; before: string | null };
  settled?: UpscaledFile;
}

/** So many engines may die at the work on one photo before it is given up. */
export const mostDeaths = 3;

/**
 * The journal of a batch: a file of JSON lines, one written before each step, from which the same batch goes on after
 * the engine died at any moment. Lines are written synchronously, so that each is on the disk before its step is done.
 */
export class Journal {
  private readonly known = new Map<string, Known>();
  private readonly file: number;

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

  /** Removes half-written files that engines which are gone left behind. */
  async tidy(): Promise<void> {
    for (const { output, settled } of this.known.values()) if (!settled) await removeLeftovers(output);
  }

  /** Engines that died while this photo was in work, not counting what was settled since. */
  deaths(photo: PhotoPlaces): number {
    return this.known.get(keyOf(photo))?.deaths ?? 0;
  }

  /** How the photo ended, where nothing is left to do for it. */
  settledBefore(photo: PhotoPlaces): UpscaledFile | undefined {
    const known = this.known.get(keyOf(photo));
    if (!known) return undefined;
    const { deaths, begun, settled } = known;
    const now = lookAt(photo.output);
    if (settled) return settled.status === 'done' && !now ? undefined : settled;
    if (begun && now && now.stamp !== begun.before) {
      if (!now.empty) return this.found({ ...photo, status: 'done', seconds: now.since(begun.at) });
      // Results are put in place whole; where that takes two steps, the first one claims the name.
      rmSync(photo.output);
    }
    if (deaths < mostDeaths) return undefined;
    const reason =
      `${photo.input} was in work each of the ${deaths} times that the engine died, and is left out. ` +
      'It may be damaged, or need more memory than there is: try it alone, with fewer other programs open.';
    return this.found({ ...photo, status: 'failed', reason, seconds: 0 });
  }

  /** Work on the photo begins. */
  begin({ input, output }: PhotoPlaces): void {
    this.write({ step: 'begun', input, output, at: Date.now(), before: lookAt(output)?.stamp ?? null });
  }

  /** Work on the photo ends without a result, by no fault of the photo. */
  release({ input, output }: PhotoPlaces): void {
    this.write({ step: 'released', input, output });
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
    if (!line) return;
    const photo = line.step === 'settled' ? line.file : line;
    const known = this.known.get(keyOf(photo)) ?? { output: photo.output, deaths: 0 };
    this.known.set(keyOf(photo), after(known, line));
  }
}

function after({ output, deaths, begun }: Known, line: Line): Known {
  switch (line.step) {
    case 'begun':
      return { output, deaths: deaths + 1, begun: { at: line.at, before: line.before } };
    case 'released':
      return { output, deaths: deaths - 1, ...(begun && { begun }) };
    case 'settled':
      return { output, deaths: 0, settled: line.file };
  }
}

const keyOf = ({ input, output }: PhotoPlaces): string => JSON.stringify([input, output]);

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** What lies at a path, be it a link; a result that is put there has another stamp than what it replaces. */
function lookAt(path: string) {
  const entry = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return (
    entry && {
      stamp: String(entry.mtimeNs),
      empty: entry.size === 0n,
      since: (at: number) => Math.max(0, (Number(entry.mtimeMs) - at) / 1000),
    }
  );
}
