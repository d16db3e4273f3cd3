import { Rng } from '../base/rng';
import { input, matmul } from '../graph/build';
import { evaluate } from '../graph/evaluate';
import { Program } from '../runtime/program';
import type { Provider } from '../runtime/session';
import { median } from './measure';
import { smallNetwork } from './networks';

/** Largest difference between a small network run on the device and computed exactly, on one tile, values in 0..1. */
export async function goldenTileError(provider: Provider): Promise<number> {
  const dims = [1, 3, 24, 20];
  const network = smallNetwork(dims);
  const rng = new Rng(7);
  const x = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => rng.next());
  const [exact] = evaluate([network], { x });
  const program = await Program.compile({ y: network }, { provider });
  try {
    const { y } = await program.run({ x });
    return y.reduce((worst, value, i) => {
      const difference = Math.abs(value - exact!.data[i]!);
      return difference <= worst ? worst : Number.isNaN(difference) ? Infinity : difference;
    }, 0);
  } finally {
    await program.dispose();
  }
}

/** Speed of a large matrix product in GFLOP/s: what the device can do at best. */
export async function matrixGflops(provider: Provider): Promise<number> {
  const n = 1024;
  const product = matmul(input('a', [n, n]), input('b', [n, n]));
  const program = await Program.compile({ product }, { provider });
  try {
    const feeds = { a: new Float32Array(n * n).fill(0.5), b: new Float32Array(n * n).fill(0.25) };
    const seconds: number[] = [];
    await program.run(feeds);
    for (let i = 0; i < 9; i++) {
      const start = performance.now();
      await program.run(feeds);
      seconds.push((performance.now() - start) / 1000);
    }
    return (2 * n ** 3) / median(seconds) / 1e9;
  } finally {
    await program.dispose();
  }
}
