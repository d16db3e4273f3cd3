import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../base/errors';
import { LastUsed } from '../base/lastUsed';
import { resizeBicubic } from '../data/degrade';
import { decodePhoto, thumbnail, type DecodedPhoto } from '../image/decode';
import { encodePicture } from '../image/encode';
import { cropPixels, type Pixels } from '../image/pixels';
import { Region } from '../image/region';
import { sampleBytes } from '../image/rows';
import { findModel, homePath } from '../model/library';
import { openModel, type OpenModel } from '../model/modelFile';
import { upscaleImage } from '../tiling/upscaleImage';

// Pictures for the screens. Photos (of 500 MB in all) and models that were looked at last are kept: a person pans and zooms.

export const thumbnailInput = z.object({ path: z.string(), side: z.int() });
export const drawThumbnail = ({ path, side }: z.infer<typeof thumbnailInput>) => thumbnail(path, side);

export const regionInput = z.object({
  path: z.string(),
  /** In the upright photo's own pixels; what lies outside of it is cut off. */
  ...{ x: z.int(), y: z.int(), width: z.int(), height: z.int() },
  /** 'bicubic' or the name of a model, which has a scale of its own. */
  by: z.string().optional(),
  scale: z.number().optional(),
});

/** A part of a photo as PNG, as it is or enlarged. UserError for a photo or model that cannot be read. */
export async function drawRegion({
  path,
  by,
  scale = 1,
  ...place
}: z.infer<typeof regionInput>): Promise<{ type: string; bytes: Uint8Array }> {
  const { pixels, metadata } = await keptPhoto(path);
  const region = new Region(place.x, place.y, place.width, place.height).intersect(Region.of(pixels));
  if (region.area === 0) throw new UserError(`${path} has no such part.`);
  return {
    type: 'image/png',
    bytes: await encodePicture(await enlarged(pixels, region, by, scale), metadata.icc),
  };
}

/** The margin is enlarged along, so that a crop looks as it will within the whole photo. */
async function enlarged(
  pixels: Pixels,
  region: Region,
  by: string | undefined,
  scale: number,
): Promise<Pixels> {
  if (by === undefined) return cropPixels(pixels, region);
  const model = by === 'bicubic' ? undefined : await keptModel(by);
  const factor = model?.scale ?? scale;
  const margin = model?.radius ?? 4;
  const around = region.grow(margin).intersect(Region.of(pixels));
  const crop = cropPixels(pixels, around);
  const large = model
    ? await upscaleImage(crop, model)
    : resizeBicubic(crop, Math.round(crop.width * factor), Math.round(crop.height * factor));
  const inner = new Region(
    Math.round((region.x - around.x) * factor),
    Math.round((region.y - around.y) * factor),
    Math.round(region.width * factor),
    Math.round(region.height * factor),
  );
  return cropPixels(large, inner.intersect(Region.of(large)));
}

const photos = new LastUsed<DecodedPhoto>(500e6, ({ pixels }) => sampleBytes(pixels));
const models = new LastUsed<OpenModel>(
  3,
  () => 1,
  (model) => model.dispose(),
);

async function keptPhoto(path: string): Promise<DecodedPhoto> {
  const { mtimeMs, size } = await stat(path);
  return photos.get(`${path} ${mtimeMs} ${size}`, () => decodePhoto(path));
}

/** Looked up once while the library stays as it is: that reads every model. */
async function keptModel(name: string): Promise<OpenModel> {
  const changed = await stat(homePath('models')).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return models.get(`${name} ${changed}`, async () => openModel((await findModel(name)).path));
}
