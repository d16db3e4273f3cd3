import { input, matmul, slice } from '../graph/build';
import { Loop } from '../runtime/loop';
import type { Provider } from '../runtime/session';
import { median } from './measure';

/** Sides of the matrices, and the milliseconds that a product takes where it is large enough for the device. */
export const peakSettings = { sides: [1024, 2048, 4096], longEnough: 20 };

/**
 * Speed of a large matrix product in GFLOP/s: what the device can do at best. The matrices lie on the device, and grow
 * until a product takes long against what else there is to a run.
 */
export async function peakGflops(provider: Provider): Promise<number> {
  const { sides, longEnough } = peakSettings;
  let best = 0;
  for (const side of sides) {
    const ms = await productMs(provider, side);
    best = Math.max(best, (2 * side ** 3) / ms / 1e6);
    if (ms >= longEnough) break;
  }
  return best;
}

/** Milliseconds of a = a b, the values staying as they are. One of them is read: a device may be ahead of its results. */
async function productMs(provider: Provider, side: number): Promise<number> {
  const [a, b] = [input('a', [side, side]), input('b', [side, side])];
  const product = matmul(a, b);
  const corner = slice(slice(product, 0, 0, 1), 1, 0, 1);
  const loop = await Loop.compile({ corner }, { a: product, b }, { provider });
  try {
    const filled = (value: number): Float32Array => new Float32Array(side ** 2).fill(value);
    loop.write({ a: filled(0.5), b: filled(1 / side) });
    await loop.run({});
    const milliseconds: number[] = [];
    for (let i = 0; i < 9; i++) {
      const start = performance.now();
      await loop.run({});
      milliseconds.push(performance.now() - start);
    }
    return median(milliseconds);
  } finally {
    await loop.dispose();
  }
}
