import { expect, test } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { blankPixels, type Pixels } from '../../src-main/image/pixels';
import { upscaleImage, type UpscaleNet } from '../../src-main/tiling/upscaleImage';
import { localNet } from './localNet';

/** Like a trained network: mixes neighbours (a tent, twice as wide as a pixel) and rings a little. */
const tent: UpscaleNet = {
  scale: 2,
  radius: 1,
  run: (planes, height, width) => {
    const out = new Float32Array(planes.length * 4);
    const at = (c: number, y: number, x: number) => {
      const [row, column] = [Math.min(height - 1, Math.max(0, y)), Math.min(width - 1, Math.max(0, x))];
      return planes[(c * height + row) * width + column]!;
    };
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < 2 * height; y++) {
        for (let x = 0; x < 2 * width; x++) {
          const [row, column] = [y >> 1, x >> 1];
          const [dy, dx] = [y % 2 ? 1 : -1, x % 2 ? 1 : -1];
          const near = at(c, row, column);
          const beside = at(c, row + dy, column) + at(c, row, column + dx);
          out[(c * 2 * height + y) * 2 * width + x] =
            0.003 +
            1.05 * (0.5625 * near + 0.1875 * beside + 0.0625 * at(c, row + dy, column + dx)) -
            0.02 * near;
        }
      }
    }
    return Promise.resolve(out);
  },
};

/** An orange disc with a hard edge; what is transparent holds random colours. */
function sprite(side: number, depth: 8 | 16): Pixels {
  const rng = new Rng(7);
  const pixels = blankPixels(side, side, 4, depth);
  const unit = depth === 8 ? 1 : 257;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const inside = Math.hypot(x - side / 2, y - side / 2) < side / 3;
      const colour = inside ? [240, 140, 20, 255] : [rng.below(256), rng.below(256), rng.below(256), 0];
      pixels.data.set(
        colour.map((value) => value * unit),
        (y * side + x) * 4,
      );
    }
  }
  return pixels;
}

test.each([8, 16] as const)('a sprite with hidden colours has no fringes (%i bits)', async (depth) => {
  const side = 40;
  const lr = sprite(side, depth);
  const unit = depth === 8 ? 1 : 257;
  const { data } = await upscaleImage(lr, tent, { tile: 16 });
  const seen = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < side && y < side ? lr.data[(y * side + x) * 4 + 3]! : 0;
  let edge = 0;
  for (let y = 0; y < 2 * side; y++) {
    for (let x = 0; x < 2 * side; x++) {
      const [r, g, b, alpha] = Array.from(data.subarray((y * 2 * side + x) * 4, (y * 2 * side + x) * 4 + 4));
      const around = [-1, 0, 1].flatMap((j) => [-1, 0, 1].map((i) => seen((x >> 1) + i, (y >> 1) + j)));
      // Transparent all around stays exactly transparent, opaque exactly opaque.
      if (around.every((near) => near === 0)) expect([r, g, b, alpha]).toEqual([0, 0, 0, 0]);
      if (around.every((near) => near > 0)) expect(alpha).toBe(255 * unit);
      if (alpha === 0) continue;
      edge++;
      for (const [i, colour] of [240, 140, 20].entries())
        expect((Math.abs([r!, g!, b!][i]! / unit - colour) * alpha!) / (255 * unit)).toBeLessThan(10);
    }
  }
  expect(edge).toBeGreaterThan(500);
});

test('tiles do not show in soft transparency', async () => {
  const lr = sprite(24, 8);
  for (let i = 3; i < lr.data.length; i += 4) lr.data[i] = (i * 37) % 256;
  const net = localNet(2);
  const whole = await upscaleImage(lr, net, { tile: 64 });
  expect((await upscaleImage(lr, net, { tile: 7 })).data).toEqual(whole.data);
});
