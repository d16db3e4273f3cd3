import type { Pixels } from '../image/pixels';
import type { Candidates } from '../search/space';
import type { ModelCard } from '../shared/modelCard';
import type { HistoryPoint } from '../train/state';

/** Everything that a report page shows; it is made from this alone. */
export interface ReportData {
  card: ModelCard;
  /** In the order of the steps. */
  history: readonly HistoryPoint[];
  /** PSNR in dB of bicubic on the crops that the history's PSNR is of; the curve is drawn without it where it is not known. */
  bicubicOnCrops?: number | undefined;
  /** The finished network: nothing left to choose. */
  architecture: Candidates;
  photos: PhotoFacts;
  /** What the search found before it was refined, and ratios measured before and after. */
  refinement?: { found: string; before: number; after: number } | undefined;
  samples: readonly Sample[];
}

export interface PhotoFacts {
  train: number;
  heldOut: number;
  leftOut: readonly { path: string; reason: string }[];
  /** How many were reduced first, since they are soft at full size. */
  reduced: number;
}

/** One crop of a photo, 8-bit RGB, all of one size. Without the original it shows a real upscaled photo. */
export interface Sample {
  title: string;
  bicubic: Pixels;
  tailored: Pixels;
  original?: Pixels;
}
