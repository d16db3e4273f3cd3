/** The endings of the photos that can be read, in lower case. */
export const photoExtensions = [
  'jpg',
  'jpeg',
  'png',
  'webp',
  'avif',
  'heic',
  'heif',
  'tif',
  'tiff',
  'gif',
] as const;

/** Whether a file is a photo, by its name. */
export const isPhotoName = (name: string): boolean =>
  photoExtensions.some((extension) => name.toLowerCase().endsWith(`.${extension}`));

/** The same for people. */
export const photoKinds = 'JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF';
