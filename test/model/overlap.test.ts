import { expect, test } from 'vitest';
import { measureOverlap } from '../../src-main/model/overlap';
import type { UpscaleNet } from '../../src-main/tiling/upscaleImage';
import { localNet } from '../tiling/localNet';

const { signal } = new AbortController();

/** Enlarges by repeating, then adds what `glow` finds in the picture. */
function net(glow: (row: Float32Array, x: number) => number): Omit<UpscaleNet, 'radius'> {
  return {
    scale: 2,
    run: (planes, _, width) => {
      const out = new Float32Array(4 * planes.length);
      for (let i = 0; i < out.length; i++) {
        const [x, y] = [(i % (2 * width)) >> 1, Math.floor(i / (2 * width)) >> 1];
        const row = planes.subarray(y * width, (y + 1) * width);
        out[i] = 0.5 * row[x]! + glow(row, x);
      }
      return Promise.resolve(out);
    },
  };
}

/** Looks so many pixels to the left. */
const looksLeft = (far: number) => net((row, x) => 0.5 * (row[x - far] ?? 0));

test.each([0, 1, 2, 5, 8, 13, 31, 64])(
  'a network that looks %i pixels far needs that overlap',
  async (far) => {
    expect(await measureOverlap(looksLeft(far), signal)).toMatchObject({ overlap: far });
  },
);

test('a convolution that looks two pixels far', async () => {
  expect(await measureOverlap(localNet(3), signal)).toEqual({
    overlap: 2,
    seam: expect.any(Number) as number,
  });
});

test('a little more is kept where something faint is left out', async () => {
  const faint = net((row, x) => 0.5 * (row[x - 5] ?? 0) + 0.003 * (row[x - 20] ?? 0));
  expect(await measureOverlap(faint, signal)).toEqual({ overlap: 7, seam: 1 });
});

test('what looks at the whole picture gets the most, and the seam that is left is told', async () => {
  const mean = net((row) => row.reduce((a, b) => a + b, 0) / row.length);
  const { overlap, seam } = await measureOverlap(mean, signal);
  expect(overlap).toBe(64);
  expect(seam).toBeGreaterThan(1);
});
