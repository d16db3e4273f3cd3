import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { placeFile } from '../image/placeFile';

const speedSchema = z.object({
  msPerMP: z.number().positive(),
  refMsPerMP: z.number().positive(),
  ratio: z.number().positive(),
});
/** How fast a network was when it was measured on a device; see `latency/measure`. */
export type Speed = z.infer<typeof speedSchema>;

/** By `tableKey`, then by the network's id. */
const fileSchema = z.record(z.string(), z.record(z.string(), speedSchema));

export const speedPath = (folder: string): string => join(folder, 'speeds.json');

/** The speeds measured with that key (device, runtime, threads), by network; none where the file cannot be used. */
export async function loadSpeeds(folder: string, key: string): Promise<Readonly<Record<string, Speed>>> {
  return (await readSpeeds(folder))[key] ?? {};
}

/** Stores a network's speed in place of the one before. Returns how many are stored with that key. */
export async function saveSpeed(folder: string, key: string, network: string, speed: Speed): Promise<number> {
  const all = await readSpeeds(folder);
  const ours = { ...all[key], [network]: speed };
  await mkdir(folder, { recursive: true });
  const bytes = Buffer.from(JSON.stringify({ ...all, [key]: ours }));
  await placeFile(speedPath(folder), bytes, { overwrite: true });
  return Object.keys(ours).length;
}

async function readSpeeds(folder: string): Promise<z.infer<typeof fileSchema>> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(speedPath(folder), 'utf8')));
  } catch {
    return {};
  }
}
