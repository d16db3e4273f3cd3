import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processorName } from '../../src-main/latency/devices';
import { writeModelFile } from '../../src-main/model/modelFile';
import { parseGenotype } from '../../src-main/search/genotype';
import type { ModelCard } from '../../src-main/shared/modelCard';
import { writeRecord } from '../../src-main/train/record';
import type { HistoryPoint } from '../../src-main/train/state';
import { fakeCard } from './fakeCard';
import { nearest } from './tinyModels';

const genotype = 'x2 c16 f1 | edge3 24 conv3 | sep5 32 sep3 | ir 16 conv3';

/** Puts a model into a home's library that only repeats pixels but says what `parts` say of it. */
export async function shelve(home: string, parts: Partial<ModelCard>): Promise<string> {
  const card = fakeCard({ receptiveRadius: 0, genotype, ...parts });
  const path = join(home, 'models', `${card.name}.onnx`);
  await writeModelFile(path, nearest(card.scale), card);
  return path;
}

/**
 * A home with a model made here, with its curves; one made elsewhere, where a stock model was no worse; an imported one; and a
 * damaged file.
 */
export async function furnish(home: string): Promise<void> {
  const device = { id: 'cpu', name: processorName(), provider: 'cpu' };
  const psnr = { model: 33.52, bicubic: 31.2, stock: 33.4 };
  const lisbon = await shelve(home, { name: 'Lisbon', device, psnr, created: '2026-11-20T10:00:00.000Z' });
  await writeRecord(lisbon, {
    card: fakeCard(),
    candidates: parseGenotype(genotype),
    history: Array.from({ length: 40 }, (_, i) => judged(i)),
    bicubicOnCrops: 30.8,
    photos: { train: 40, heldOut: 8, reduced: 3, leftOut: [] },
    refinement: undefined,
  });
  await shelve(home, {
    name: 'night market',
    scale: 4,
    budget: { text: '4s/photo', ratio: 1.1 },
    ratio: 1.4,
    psnr: { model: 27.6, bicubic: 26.1, stock: 27.6 },
    rival: { name: 'stock x4 balanced', ratio: 1.3, isKept: true },
    created: '2026-11-21T10:00:00.000Z',
  });
  await shelve(home, {
    ...{ name: 'somebodys-net', kind: 'imported', genotype: 'imported', device, params: 1_480_000 },
    ...{ photos: { train: 0, heldOut: 0 }, steps: 0, seconds: 0, ratio: 9, msPerMP: 900 },
    psnr: { model: 34.9, bicubic: 31.2, stock: null },
    created: '2026-11-19T10:00:00.000Z',
  });
  await writeFile(join(home, 'models', 'damaged.onnx'), 'half a download');
}

/** A curve as searches draw it: up fast, a dip where the network is cut, up slowly. */
function judged(i: number): HistoryPoint {
  const stage = i < 16 ? 'search' : 'tune';
  const psnr = stage === 'search' ? 33 - 4 * Math.exp(-i / 4) : 33.6 - Math.exp(-(i - 16) / 6);
  return { stage, step: i * 50, seconds: i * 15, loss: 0.02, psnr, msPerStep: 300 };
}
