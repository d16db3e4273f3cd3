import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../src-main/base/errors';
import { modelCardSchema, type ModelCard } from '../../src-main/shared/modelCard';

// Stands in for `model/modelFile` where only the card matters: a model file that is its card as JSON.

export async function writeCard(path: string, card: ModelCard): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(card));
}

export async function readModelFile(path: string): Promise<{ card: ModelCard; bytes: Uint8Array }> {
  const bytes = await readFile(path);
  try {
    return { card: modelCardSchema.parse(JSON.parse(bytes.toString())), bytes };
  } catch (cause) {
    throw new UserError(`${path} is not a model of Pixel Tailor.`, { cause });
  }
}
