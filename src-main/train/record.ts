import { readFile } from 'node:fs/promises';
import { placeFile } from '../image/placeFile';
import type { Candidates } from '../search/space';
import type { ModelCard } from '../shared/modelCard';
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

const recordPath = (modelPath: string): string => modelPath.replace(/\.onnx$/, '.run.json');

export async function writeRecord(modelPath: string, record: RunRecord): Promise<void> {
  await placeFile(recordPath(modelPath), Buffer.from(JSON.stringify(record)), { overwrite: true });
}

/** The record beside a model file that this machine made. Throws where there is none. */
export async function readRecord(modelPath: string): Promise<RunRecord> {
  return JSON.parse(await readFile(recordPath(modelPath), 'utf8')) as RunRecord;
}
