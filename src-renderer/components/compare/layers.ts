export interface Size {
  width: number;
  height: number;
}

export interface Region extends Size {
  x: number;
  y: number;
}

/** How two layers are shown at once. */
export const modes = ['slider', 'sides', 'lens'] as const;
export type Mode = (typeof modes)[number];

/** One way to see a scene: a picture behind URLs that is laid over the whole of it. */
export interface Layer {
  id: string;
  label: string;
  /** Pixels of the picture that the parts are cut from. */
  size: Size;
  /** URL of a part. `full`: the scene is seen at its own size or larger, so that no detail may be left out. */
  part: (region: Region, full: boolean) => string;
  /** URL of the whole, reduced to at most `side` pixels. */
  whole: (side: number) => string;
  /** Whether a part takes a network: computed for what is seen at 100 % and more only. */
  slow: boolean;
}

function url(token: string, values: Record<string, string | number>): string {
  const texts = Object.entries(values).map(([key, value]): [string, string] => [key, String(value)]);
  return `/picture/${token}?${new URLSearchParams(texts).toString()}`;
}

/** A photo as it is. Under another `version` it is another picture. */
export function photoLayer(id: string, label: string, token: string, size: Size, version?: string): Layer {
  const seen = version === undefined ? {} : { version };
  return {
    ...{ id, label, size, slow: false },
    part: (region) => url(token, { ...region, ...seen }),
    whole: (side) => url(token, { side, ...seen }),
  };
}

/** A photo enlarged by bicubic to the size of the scene. */
export function bicubicLayer(label: string, token: string, size: Size, scene: Size): Layer {
  const scale = Math.min(16, Math.max(1, scene.width / size.width));
  return {
    ...photoLayer('bicubic', label, token, size),
    part: (region, full) => url(token, full ? { ...region, by: 'bicubic', scale } : { ...region }),
  };
}

/** A photo enlarged by a model. */
export function modelLayer(model: string, label: string, token: string, size: Size): Layer {
  return {
    ...photoLayer(`model ${model}`, label, token, size),
    slow: true,
    part: (region) => url(token, { ...region, by: model }),
  };
}

/** The most pixels a side that a part may have. */
export const longestPart = 1600;
/** Parts begin and end at multiples of this, so that a small move needs no new one. */
const grid = 64;
/** A network sees beyond the edge of a part only what the part holds. */
const margin = 32;
/** Reduced pictures of the whole have at most this many pixels a side. */
export const wholeSide = 1600;

/**
 * The parts of a layer, in its own pixels, that cover what is seen of the scene: none where the reduced whole is as good.
 * @param zoom pixels of the screen per pixel of the scene
 */
export function partsFor(layer: Layer, visible: Region, scene: Size, zoom: number): Region[] {
  const { size, slow } = layer;
  const wholeIsEnough = zoom * Math.max(scene.width, scene.height) <= wholeSide && zoom < 1;
  if (wholeIsEnough || (slow && zoom < 1) || visible.width === 0 || visible.height === 0) return [];
  const xs = cut(visible.x, visible.width, size.width / scene.width, size.width);
  const ys = cut(visible.y, visible.height, size.height / scene.height, size.height);
  return ys.flatMap(([y, height]) => xs.map(([x, width]) => ({ x, y, width, height })));
}

/** One axis: from the scene's pixels to the picture's, out to the grid, in equal pieces that are short enough. */
function cut(start: number, length: number, factor: number, all: number): [number, number][] {
  const from = Math.max(0, Math.floor((start * factor - margin) / grid) * grid);
  const to = Math.min(all, Math.ceil(((start + length) * factor + margin) / grid) * grid);
  const count = Math.ceil((to - from) / longestPart);
  const at = (i: number): number => from + Math.round(((to - from) * i) / count);
  return Array.from({ length: count }, (_, i) => [at(i), at(i + 1) - at(i)]);
}
