import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bicubicLayer,
  longestPart,
  modelLayer,
  partsFor,
  photoLayer,
  type Region,
} from '../../src-renderer/components/compare/layers';

const size = fc.record({
  width: fc.integer({ min: 1, max: 20_000 }),
  height: fc.integer({ min: 1, max: 20_000 }),
});

/** A scene, what is seen of it in a window, and how large. */
const sight = fc
  .record({
    photo: size,
    factor: fc.double({ min: 0.2, max: 4, noNaN: true }),
    zoom: fc.constantFrom(0.25, 0.5, 1, 3, 8),
  })
  .chain(({ photo, factor, zoom }) => {
    const scene = {
      width: Math.max(1, Math.round(photo.width * factor)),
      height: Math.max(1, Math.round(photo.height * factor)),
    };
    const [width, height] = [Math.min(scene.width, 1500 / zoom), Math.min(scene.height, 900 / zoom)];
    return fc.record({
      ...{ photo: fc.constant(photo), scene: fc.constant(scene), zoom: fc.constant(zoom) },
      visible: fc.record({
        x: fc.double({ min: 0, max: scene.width - width, noNaN: true }),
        y: fc.double({ min: 0, max: scene.height - height, noNaN: true }),
        ...{ width: fc.constant(width), height: fc.constant(height) },
      }),
    });
  });

const right = ({ x, width }: Region): number => x + width;
const bottom = ({ y, height }: Region): number => y + height;

test('parts cover what is seen, lie within the photo, and none is longer than the host draws', () => {
  fc.assert(
    fc.property(sight, ({ photo, scene, zoom, visible }) => {
      const parts = partsFor(photoLayer('a', 'A', 'token', photo), visible, scene, zoom);
      if (parts.length === 0) return zoom < 1;
      const [fx, fy] = [photo.width / scene.width, photo.height / scene.height];
      const area = parts.reduce((sum, { width, height }) => sum + width * height, 0);
      const [left, top] = [Math.min(...parts.map(({ x }) => x)), Math.min(...parts.map(({ y }) => y))];
      const [end, foot] = [Math.max(...parts.map(right)), Math.max(...parts.map(bottom))];
      return (
        parts.every(
          ({ width, height }) => Math.min(width, height) > 0 && Math.max(width, height) <= longestPart,
        ) &&
        // Without gaps and overlaps.
        area === (end - left) * (foot - top) &&
        left >= 0 &&
        top >= 0 &&
        end <= photo.width &&
        foot <= photo.height &&
        left <= visible.x * fx &&
        top <= visible.y * fy &&
        end >= Math.min(photo.width, Math.floor(right(visible) * fx)) &&
        foot >= Math.min(photo.height, Math.floor(bottom(visible) * fy))
      );
    }),
  );
});

test('a small move needs no new part', () => {
  const layer = photoLayer('a', 'A', 'token', { width: 4000, height: 3000 });
  const seen = { x: 2010, y: 1010, width: 1000, height: 600 };
  const scene = { width: 8000, height: 6000 };
  expect(partsFor(layer, { ...seen, x: 2030 }, scene, 1)).toEqual(partsFor(layer, seen, scene, 1));
});

test('a network computes only what is seen at 100 % and more', () => {
  const photo = { width: 4000, height: 3000 };
  const scene = { width: 8000, height: 6000 };
  const seen = { x: 0, y: 0, width: 2000, height: 1200 };
  const model = modelLayer('lisbon', 'Lisbon', 'token', photo);
  expect(partsFor(model, seen, scene, 0.5)).toEqual([]);
  expect(partsFor(model, seen, scene, 1)).toHaveLength(1);
  expect(model.part({ x: 0, y: 64, width: 512, height: 320 }, true)).toBe(
    '/picture/token?x=0&y=64&width=512&height=320&by=lisbon',
  );
});

test('bicubic is drawn at the size of the scene, and plain where that is shown reduced', () => {
  const layer = bicubicLayer('Plain', 'token', { width: 100, height: 80 }, { width: 250, height: 200 });
  const region = { x: 0, y: 0, width: 64, height: 64 };
  expect(layer.part(region, true)).toBe('/picture/token?x=0&y=0&width=64&height=64&by=bicubic&scale=2.5');
  expect(layer.part(region, false)).toBe('/picture/token?x=0&y=0&width=64&height=64');
});
