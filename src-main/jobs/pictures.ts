import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../base/errors';
import { resizeBicubic } from '../data/degrade';
import { decodePhoto, thumbnail, type DecodedPhoto } from '../image/decode';
import { encodePicture } from '../image/encode';
import { cropPixels, type Pixels } from '../image/pixels';
import { Region } from '../image/region';
import { findModel, homePath } from '../model/library';
import { openModel, type OpenModel } from '../model/modelFile';
import { upscaleImage } from '../tiling/upscaleImage';

// Pictures for the screens. Photos and models that were looked at last are kept: a person pans and zooms.

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

interface Kept<T> {
  key: string;
  value: Promise<T>;
}

const photos: Kept<DecodedPhoto>[] = [];
const models: Kept<OpenModel>[] = [];
const mostKept = 3;

/** The value of that key, made where it is not kept; the one that was used longest ago makes room. */
function keep<T>(
  list: Kept<T>[],
  key: string,
  make: () => Promise<T>,
  drop: (value: T) => unknown,
): Promise<T> {
  const at = list.findIndex((kept) => kept.key === key);
  const [known] = at < 0 ? [] : list.splice(at, 1);
  const kept = known ?? { key, value: make() };
  list.push(kept);
  if (list.length > mostKept) list.shift()?.value.then(drop, () => undefined);
  // What failed is tried anew the next time.
  kept.value.catch(() => list.includes(kept) && list.splice(list.indexOf(kept), 1));
  return kept.value;
}

async function keptPhoto(path: string): Promise<DecodedPhoto> {
  const { mtimeMs, size } = await stat(path);
  return keep(
    photos,
    `${path} ${mtimeMs} ${size}`,
    () => decodePhoto(path),
    () => undefined,
  );
}

/** Looked up once while the library stays as it is: that reads every model. */
async function keptModel(name: string): Promise<OpenModel> {
  const changed = await stat(homePath('models')).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return keep(
    models,
    `${name} ${changed}`,
    async () => openModel((await findModel(name)).path),
    (model) => model.dispose(),
  );
}
