import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { placeFile } from '../image/placeFile';

/** A file of what was measured of networks on devices: by `tableKey`, then by the network's id. */
export class NetworkFile<Measured> {
  private readonly schema: z.ZodType<Record<string, Record<string, Measured>>>;

  constructor(
    private readonly name: string,
    measured: z.ZodType<Measured>,
  ) {
    this.schema = z.record(z.string(), z.record(z.string(), measured));
  }

  path(folder: string): string {
    return join(folder, this.name);
  }

  /** What was measured with that key (device, runtime, threads), by network; none where the file cannot be used. */
  async load(folder: string, key: string): Promise<Readonly<Record<string, Measured>>> {
    return (await this.read(folder))[key] ?? {};
  }

  /** Stores what was measured in place of what was before. Returns how many are stored with that key. */
  async save(folder: string, key: string, network: string, measured: Measured): Promise<number> {
    const all = await this.read(folder);
    const ours = { ...all[key], [network]: measured };
    await mkdir(folder, { recursive: true });
    const bytes = Buffer.from(JSON.stringify({ ...all, [key]: ours }));
    await placeFile(this.path(folder), bytes, { overwrite: true });
    return Object.keys(ours).length;
  }

  private async read(folder: string): Promise<Record<string, Record<string, Measured>>> {
    try {
      return this.schema.parse(JSON.parse(await readFile(this.path(folder), 'utf8')));
    } catch {
      return {};
    }
  }
}
