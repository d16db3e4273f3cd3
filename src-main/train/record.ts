import { readFile } from 'node:fs/promises';
import { placeFile } from '../image/placeFile';
import { recordPath } from '../model/library';
import { parseGenotype } from '../search/genotype';
import type { Candidates } from '../search/space';
import type { ModelCard } from '../shared/modelCard';
import type { StoredModel } from '../shared/results';
import { modelStorySchema, type ModelStory } from '../shared/things';
import type { HistoryPoint, TrainState } from './state';

/** How a model came to be: its curves and its architecture, kept beside the model file. */
export interface RunRecord {
  card: ModelCard;
  candidates: Candidates;
  history: HistoryPoint[];
  /** PSNR in dB of bicubic on the crops that the history's PSNR is of. */
  bicubicOnCrops: number;
  photos: { train: number; heldOut: number; reduced: number; leftOut: { path: string; reason: string }[] };
  /** What the search found, and measured ratios before and after refining it. */
  refinement: TrainState['refinement'];
}

export async function writeRecord(modelPath: string, record: RunRecord): Promise<void> {
  await placeFile(recordPath(modelPath), Buffer.from(JSON.stringify(record)), { overwrite: true });
}

/** The record beside a model file that this machine made. Throws where there is none. */
export async function readRecord(modelPath: string): Promise<RunRecord> {
  return JSON.parse(await readFile(recordPath(modelPath), 'utf8')) as RunRecord;
}

/**
 * How a model came to be, as the screens tell it. Of a model made elsewhere only the network is known, without curves; null
 * where not even that is, as of an imported network.
 */
export async function readStory({ path, card }: StoredModel): Promise<ModelStory | null> {
  try {
    return storyOf(await readRecord(path));
  } catch {
    return storyOfCard(card);
  }
}

/** What the screens tell of a record. */
export const storyOf = ({ candidates: network, ...rest }: RunRecord): ModelStory =>
  modelStorySchema.parse({ ...rest, network });

function storyOfCard({ genotype, photos }: ModelCard): ModelStory | null {
  try {
    const network = modelStorySchema.shape.network.parse(parseGenotype(genotype));
    return { network, history: [], bicubicOnCrops: null, photos: { ...photos, reduced: 0 } };
  } catch {
    return null;
  }
}
