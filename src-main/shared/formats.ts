/** What photos are written as, and what each format holds. */
export const photoFormats = ['jpeg', 'png', 'webp', 'avif', 'tiff'] as const;
export type PhotoFormat = (typeof photoFormats)[number];

/** Colours at each pixel, or at one of four. */
export const chromas = ['4:4:4', '4:2:0'] as const;
export type Chroma = (typeof chromas)[number];

/** Bits per sample. */
export const depths = [8, 16] as const;
export type Depth = (typeof depths)[number];

/** The longest side of a picture, in pixels: for AVIF what libheif's encoder takes. */
export const longestSide: Readonly<Record<PhotoFormat, number>> = {
  ...{ jpeg: 65_535, webp: 16_383, avif: 16_384 },
  ...{ png: 0x7fffffff, tiff: 0x7fffffff },
};

/** Whether quality and the sampling of colours are a choice. */
export const isLossy = (format: PhotoFormat): boolean => format !== 'png' && format !== 'tiff';

/** Whether the sampling of colours is a choice that people are given. */
export const hasChroma = (format: PhotoFormat): boolean => format === 'jpeg' || format === 'avif';

/** The bits per sample that a format makes of a picture's. */
export const heldDepth = (format: PhotoFormat, depth: Depth): Depth => (isLossy(format) ? 8 : depth);
