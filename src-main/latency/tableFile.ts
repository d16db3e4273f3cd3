import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { dependencies } from '../../package.json';
import { placeFile } from '../image/placeFile';
import type { Device } from './devices';
import { LatencyTable, perOp, tableFormat, type TableData } from './table';

const times = z.array(z.number().nonnegative());

const tableSchema = z.object({
  format: z.literal(tableFormat),
  key: z.string(),
  referenceMs: z.number().positive(),
  widths: z.array(z.int().positive()).min(2),
  cells: z.object(perOp(() => z.array(times))),
  alone: z.object(perOp(() => times)),
  ends: z.object({ 2: times, 3: times, 4: times }),
  add: times,
}) satisfies z.ZodType<TableData>;

/** What a table's times depend on: another processor, runtime or number of threads needs a table of its own. */
export function tableKey({ id, name }: Pick<Device, 'id' | 'name'>): string {
  const runtime = `onnxruntime ${dependencies['onnxruntime-node']}`;
  const threads = `${availableParallelism()} threads`;
  return [id, name, threads, runtime, `format ${tableFormat}`].join(' | ');
}

/** Whether a table was measured on that device, with whatever runtime, and its entries mean what they mean today. */
export const isTableOf = (
  { format, key }: Pick<TableData, 'format' | 'key'>,
  { id, name }: Pick<Device, 'id' | 'name'>,
): boolean => format === tableFormat && key.startsWith(`${id} | ${name} | `);

/** Where the table with that key is kept. */
export function tablePath(folder: string, key: string): string {
  const name = key.split(' | ')[0]!.replaceAll(/[^a-z0-9-]/gi, '_');
  return join(folder, `${name}-${createHash('sha256').update(key).digest('hex').slice(0, 12)}.json`);
}

/** The stored table, or undefined where there is none or it cannot be used: it is measured again then. */
export async function loadTable(folder: string, key: string): Promise<LatencyTable | undefined> {
  try {
    const data = tableSchema.parse(JSON.parse(await readFile(tablePath(folder, key), 'utf8')));
    return data.key === key ? new LatencyTable(data) : undefined;
  } catch {
    return undefined;
  }
}

/** Stores the table whole or not at all, and returns its path. */
export async function saveTable(folder: string, { data }: LatencyTable): Promise<string> {
  const path = tablePath(folder, data.key);
  await mkdir(folder, { recursive: true });
  await placeFile(path, Buffer.from(JSON.stringify(data)), { overwrite: true });
  return path;
}
