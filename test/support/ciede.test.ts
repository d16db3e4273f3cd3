import { differenceCiede2000, type Rgb } from 'culori';
import { expect, test } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { meanDifference } from './ciede';

test('differences of colours are those of culori', () => {
  const rng = new Rng(1);
  const oracle = differenceCiede2000();
  const colour = (rgb: Uint8Array): Rgb => ({
    mode: 'rgb',
    r: rgb[0]! / 255,
    g: rgb[1]! / 255,
    b: rgb[2]! / 255,
  });
  for (let i = 0; i < 500; i++) {
    const [a, b] = [0, 1].map(() => Uint8Array.from({ length: 3 }, () => rng.below(256)));
    const near = i % 2 ? b! : a!.map((value) => Math.min(255, value + rng.below(4)));
    expect(Math.abs(meanDifference(a!, near) - oracle(colour(a!), colour(near)))).toBeLessThan(0.02);
  }
});
