import { totalmem } from 'node:os';
import { sampleBytes, type Shape } from '../image/rows';
import { mostInMemory } from '../image/uncompressed';
import type { PhotoHeader } from '../image/decode';
import { enlarged, excessOf, mostFactor, runsFor } from '../shared/enlarge';
import { longestSide, type PhotoFormat } from '../shared/formats';

interface Size {
  width: number;
  height: number;
}

/** How a photo becomes larger. */
export interface Enlargement {
  /** How often the network is run. */
  runs: number;
  /** What the network sees at last, what it makes of that, and the written picture. */
  before: Size;
  upscaled: Size;
  written: Size;
}

/** What is to be done to every photo: its width times a factor or to so many pixels, else what the network does. */
export interface Goal {
  modelScale: number;
  factor?: number | undefined;
  width?: number | undefined;
}

/** How many times as wide the photo is to be. */
export function factorOf(photo: Size, { modelScale, factor = modelScale, width }: Goal): number {
  return width === undefined ? factor : width / photo.width;
}

export function planEnlargement(photo: Size, goal: Goal): Enlargement {
  const { modelScale } = goal;
  const factor = factorOf(photo, goal);
  const runs = runsFor(factor, modelScale);
  const [before, upscaled] = [runs - 1, runs].map((times) => enlarged(photo, modelScale ** times)) as [
    Size,
    Size,
  ];
  const written = excessOf(factor, modelScale) === 1 ? upscaled : enlarged(photo, factor);
  return { runs, before, upscaled, written };
}

/** The largest picture that is made, in megapixels. */
const mostMegapixels = 1000;

/** An engine with a network and its tiles, and the rows that decoders and encoders hold: measured, rounded up. */
const baseBytes = 450e6;

/** What decoders that hold the whole picture take for each pixel beside its samples; measured, rounded up. */
const decoderBytes: Partial<Record<PhotoHeader['format'], number>> = {
  ...{ jpeg: 7, png: 8, webp: 9, avif: 18, heic: 6, gif: 8 },
};

/** What encoders that hold the whole picture take for each pixel; measured, rounded up. */
const encoderBytes: Partial<Record<PhotoFormat, number>> = { webp: 16, avif: 32 };

/** The share of the machine's memory that one photo may take where no limit is set. */
const usualShare = 0.6;

/** In gigabytes; in a container that has less than its machine, of what it has. */
export function usualMemory(): number {
  const granted = process.constrainedMemory();
  return (usualShare * (granted > 0 ? Math.min(granted, totalmem()) : totalmem())) / 1e9;
}

/** The most memory that the photo will take, in gigabytes, estimated from the phases of the work. */
export function memoryNeed(
  photo: PhotoHeader,
  { upscaled, written }: Enlargement,
  format: PhotoFormat,
): number {
  const { width, height, channels, depth } = photo;
  const decoding = photo.whole ? width * height * (decoderBytes[photo.format] ?? 0) : 0;
  // The decoder of HEIC hands all samples over at once.
  const decoded = photo.format === 'heic' ? sampleBytes(photo) : held(photo);
  const result = held({ ...upscaled, channels, depth });
  const encoding = written.width * written.height * (encoderBytes[format] ?? 0);
  return (baseBytes + Math.max(decoding + 2 * decoded, decoded + result + encoding)) / 1e9;
}

/** The most bytes of disk that pictures take at one time while the photo is made, beside the result's own file. */
export function diskNeed(photo: PhotoHeader, { runs, before, upscaled }: Enlargement): number {
  const { channels, depth, format } = photo;
  const inFile = (size: Size): number => {
    const shape = { ...size, channels, depth };
    return sampleBytes(shape) - held(shape);
  };
  const decoded = format === 'heic' ? 0 : inFile(photo);
  return decoded + (runs > 1 ? inFile(before) : 0) + inFile(upscaled);
}

/** What of a picture lies in memory: a larger one lies in a file. */
function held(shape: Shape): number {
  const bytes = sampleBytes(shape);
  return bytes <= mostInMemory ? bytes : 0;
}

/** Why a photo cannot be enlarged so much, in a sentence with the numbers; undefined where it can. */
export function whyRefused(
  input: string,
  photo: PhotoHeader,
  enlargement: Enlargement,
  { format, memory }: { format: PhotoFormat; memory: number },
): string | undefined {
  const { width, height } = enlargement.written;
  const size = `${width}x${height} pixels`;
  if (width > photo.width * mostFactor + 0.5) {
    return `${input} is ${photo.width} pixels wide and would be ${size}: at most ${mostFactor} times as wide can be made. Choose a smaller width.`;
  }
  const megapixels = Math.round((width * height) / 1e6);
  if (megapixels > mostMegapixels) {
    return `${input} would be ${size}, ${megapixels} megapixels: at most ${mostMegapixels} can be made. Choose a smaller scale.`;
  }
  const longest = longestSide[format];
  if (Math.max(width, height) > longest) {
    return `${input} would be ${size}, but ${format} holds at most ${longest} a side. Choose png or tiff.`;
  }
  const need = memoryNeed(photo, enlargement, format);
  if (need <= memory) return undefined;
  const wayOut = encoderBytes[format] ? 'Choose png, jpeg or tiff, raise the limit' : 'Raise the limit';
  return `${input} would need about ${need.toFixed(1)} GB of memory, and ${Number(memory.toFixed(2))} GB are allowed. ${wayOut} or make the photo smaller first.`;
}
