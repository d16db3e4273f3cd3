import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cancelled } from '../../src-main/base/errors';
import { toPlanes } from '../../src-main/image/pixels';
import { Region } from '../../src-main/image/region';
import { upscaleImage, type UpscaleNet } from '../../src-main/tiling/upscaleImage';
import { largestDifference, noise } from '../image/samples';
import { localNet } from './localNet';

/** Repeats each pixel. */
const nearest: UpscaleNet = {
  scale: 2,
  radius: 0,
  run: (planes, height, width) => {
    const out = new Float32Array(planes.length * 4);
    for (let i = 0; i < out.length; i++) {
      const [row, column] = [Math.floor(i / (2 * width)), i % (2 * width)];
      const [channel, y] = [Math.floor(row / (2 * height)), row % (2 * height)];
      out[i] = planes[(channel * height + (y >> 1)) * width + (column >> 1)]!;
    }
    return Promise.resolve(out);
  },
};

test('tiled is untiled, to 1/255, from the smallest sufficient overlap up', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        width: fc.integer({ min: 1, max: 23 }),
        height: fc.integer({ min: 1, max: 23 }),
        tile: fc.integer({ min: 1, max: 12 }),
        overlap: fc.integer({ min: 2, max: 6 }),
        scale: fc.integer({ min: 1, max: 3 }),
        channels: fc.constantFrom(1, 2, 3, 4),
      }),
      async ({ width, height, tile, overlap, scale, channels }) => {
        const net = localNet(scale);
        const pixels = noise(width, height, channels);
        const tiled = await upscaleImage(pixels, net, { tile, overlap });
        const whole = await upscaleImage(pixels, net, { tile: 1000 });
        expect([tiled.width, tiled.height, tiled.channels]).toEqual([
          width * scale,
          height * scale,
          channels,
        ]);
        expect(largestDifference(tiled, whole)).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 60 },
  );
});

/** The same network on several tiles at once; `counts` tells how many each time. Memory may not hold more than `most`. */
function batched(net: UpscaleNet, batch: number, most = batch): { net: UpscaleNet; counts: number[] } {
  const counts: number[] = [];
  const run: UpscaleNet['run'] = async (planes, height, width) => {
    const size = 3 * height * width;
    const count = planes.length / size;
    if (count > most) throw new Error('std::bad_alloc');
    counts.push(count);
    const out = new Float32Array(planes.length * net.scale ** 2);
    for (let i = 0; i < count; i++)
      out.set(
        await net.run(planes.slice(i * size, (i + 1) * size), height, width),
        i * size * net.scale ** 2,
      );
    return out;
  };
  return { net: { ...net, batch, run }, counts };
}

test('tiles in batches are the same as one by one, in as few runs as their sizes allow', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        width: fc.integer({ min: 1, max: 40 }),
        height: fc.integer({ min: 1, max: 23 }),
        tile: fc.integer({ min: 1, max: 12 }),
        batch: fc.integer({ min: 1, max: 6 }),
        most: fc.integer({ min: 1, max: 6 }),
        channels: fc.constantFrom(1, 2, 3, 4),
      }),
      async ({ width, height, tile, batch, most, channels }) => {
        const pixels = noise(width, height, channels);
        const parts: number[] = [];
        const together = batched(localNet(2), batch, most);
        const onPart = (part: number): void => void parts.push(part);
        const out = await upscaleImage(pixels, together.net, { tile, onPart });
        expect(out).toEqual(await upscaleImage(pixels, localNet(2), { tile }));
        expect(Math.max(...together.counts)).toBeLessThanOrEqual(Math.min(batch, most));
        expect(parts).toEqual(parts.toSorted((a, b) => a - b));
        expect(parts.at(-1)).toBe(1);
      },
    ),
    { numRuns: 60 },
  );
});

test('the tiles of a band that have its full overlap make batches; memory that holds fewer halves them', async () => {
  const pixels = noise(60, 6);
  const usual = batched(localNet(1), 4);
  await upscaleImage(pixels, usual.net, { tile: 6 });
  expect(usual.counts).toEqual([1, 4, 4, 1]);
  const tight = batched(localNet(1), 4, 3);
  await upscaleImage(pixels, tight.net, { tile: 6 });
  expect(tight.counts).toEqual([1, 2, 2, 2, 2, 1]);
});

test('an overlap below the radius would show seams, and is refused', async () => {
  const net = localNet(2);
  await expect(upscaleImage(noise(20, 20), net, { tile: 8, overlap: 1 })).rejects.toThrow('radius of 2');
  // The same net, if it claimed to look less far, differs: the test of tiled against untiled can fail.
  const lying = { ...net, radius: 1 };
  const tiled = await upscaleImage(noise(20, 20), lying, { tile: 8 });
  expect(largestDifference(tiled, await upscaleImage(noise(20, 20), net))).toBeGreaterThan(1);
});

test('what the network gives on the whole picture is what is written', async () => {
  const pixels = noise(9, 7);
  const net = localNet(2);
  const planes = await net.run(toPlanes(pixels, Region.of(pixels)), 7, 9);
  const out = await upscaleImage(pixels, net);
  for (const [x, y, channel] of [
    [0, 0, 0],
    [17, 13, 2],
    [8, 5, 1],
  ] as const) {
    const value = Math.min(1, Math.max(0, planes[(channel * 14 + y) * 18 + x]!));
    expect(out.data[(y * 18 + x) * 3 + channel]).toBe(Math.round(value * 255));
  }
});

test('grey, alpha and 16 bits come back as they went in', async () => {
  for (const [channels, depth] of [
    [1, 8],
    [2, 16],
    [4, 8],
    [3, 16],
  ] as const) {
    const pixels = noise(5, 4, channels, depth);
    const out = await upscaleImage(pixels, nearest, { tile: 3 });
    expect([out.channels, out.depth]).toEqual([channels, depth]);
    for (let i = 0; i < out.data.length; i++) {
      const [pixel, channel] = [Math.floor(i / channels), i % channels];
      const [y, x] = [Math.floor(pixel / 10) >> 1, (pixel % 10) >> 1];
      expect(out.data[i]).toBe(pixels.data[(y * 5 + x) * channels + channel]);
    }
  }
});

test('an opaque picture stays exactly opaque and costs no second run', async () => {
  const pixels = noise(6, 6, 4);
  for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = 255;
  let runs = 0;
  const net = { ...nearest, run: (...args: Parameters<UpscaleNet['run']>) => (runs++, nearest.run(...args)) };
  const out = await upscaleImage(pixels, net);
  expect(runs).toBe(1);
  expect(out.data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
});

test('a network that goes astray is an error, not a black picture', async () => {
  const net = {
    ...nearest,
    run: (planes: Float32Array) => Promise.resolve(new Float32Array(planes.length * 4).fill(NaN)),
  };
  await expect(upscaleImage(noise(4, 4), net)).rejects.toThrow('not numbers');
});

test('cancelling takes effect between tiles, and tiles are told', async () => {
  const abort = new AbortController();
  const told: number[] = [];
  const onPart = (part: number): void => {
    told.push(part);
    if (part === 0.5) abort.abort();
  };
  const work = upscaleImage(noise(8, 8), nearest, { tile: 4, signal: abort.signal, onPart });
  await expect(work).rejects.toThrow(Cancelled);
  expect(told).toEqual([0.25, 0.5]);
});

test('where memory does not hold a tile, it and all later ones are halved until it does', async () => {
  const pixels = noise(70, 50, 4);
  const net = localNet(2);
  const sides: number[] = [];
  const small: UpscaleNet = {
    ...net,
    run: (planes, height, width) => {
      if (Math.max(height, width) > 30) return Promise.reject(new Error('std::bad_alloc'));
      sides.push(Math.max(height, width));
      return net.run(planes, height, width);
    },
  };
  const tiled = await upscaleImage(pixels, small, { tile: 64 });
  expect(largestDifference(tiled, await upscaleImage(pixels, net))).toBeLessThanOrEqual(1);
  expect(Math.max(...sides)).toBeGreaterThan(16);
});

test('memory that holds not even the smallest tile is an error, and so is any other failure at once', async () => {
  let runs = 0;
  const failing = (message: string): UpscaleNet => ({
    ...nearest,
    run: () => (runs++, Promise.reject(new Error(message))),
  });
  const failed = upscaleImage(noise(64, 64), failing('Failed to allocate memory for buffer'), { tile: 64 });
  await expect(failed).rejects.toThrow('Failed to allocate');
  expect(runs).toBe(3);
  await expect(upscaleImage(noise(64, 64), failing('no such kernel'))).rejects.toThrow('no such kernel');
  expect(runs).toBe(4);
});
