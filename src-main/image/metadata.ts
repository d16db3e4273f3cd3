import type { ExifText } from './exif';
import type { PhotoFormat } from '../shared/formats';
import { isGrey, type Pixels } from './pixels';

/** What photos are read from. */
export type InputFormat = PhotoFormat | 'gif' | 'heic';

/** What a photo carries besides its samples, which are in the profile's colours. */
export interface PhotoMetadata {
  /** The profile, byte for byte. */
  icc?: Uint8Array;
  /** Dots per inch. */
  density?: number;
  xmp?: string;
  /** The commonest fields, for where exiftool is missing. */
  exif?: ExifText;
  /** The photo's file, if it has more than that for exiftool to copy. */
  source?: string;
  /** Whether it has EXIF or IPTC at all. */
  has?: { exif: boolean; iptc: boolean };
}

/** The profile, if the written picture can have it; else `notes` says that it was left out. */
export function fittingProfile(
  { icc }: PhotoMetadata,
  pixels: Pick<Pixels, 'channels'>,
  format: PhotoFormat,
  notes: string[],
): Uint8Array | undefined {
  if (!icc) return undefined;
  // WebP and AVIF store RGB always; a profile for another colour model would make readers show wrong colours.
  const model = isGrey(pixels) && format !== 'webp' && format !== 'avif' ? 'GRAY' : 'RGB ';
  if (Buffer.from(icc).toString('latin1', 16, 20) === model) return icc;
  notes.push(`its colour profile does not fit ${format} and was left out`);
  return undefined;
}

/** XMP may name the orientation a second time; readers that trust it would turn the upright picture again. */
export function uprightXmp(xmp: string): string {
  return xmp
    .replace(/(tiff:Orientation\s*=\s*["'])[2-8](["'])/g, '$11$2')
    .replace(/(<tiff:Orientation>\s*)[2-8](\s*<)/g, '$11$2');
}
