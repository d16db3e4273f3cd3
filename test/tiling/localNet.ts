import { Rng } from '../../src-main/base/rng';
import type { UpscaleNet } from '../../src-main/tiling/upscaleImage';

/**
 * A network that really looks two pixels far: a zero-padded 5x5 convolution over the three planes with random weights,
 * then nearest upscaling with another factor for each of the scale x scale places.
 */
export function localNet(scale: number, seed = 1): UpscaleNet {
  const rng = new Rng(seed);
  const weights = Array.from({ length: 3 * 3 * 25 }, () => (rng.next() - 0.4) / 8);
  const gains = Array.from({ length: scale * scale }, () => 0.5 + rng.next());
  return { scale, radius: 2, run };

  function run(planes: Float32Array, height: number, width: number): Promise<Float32Array> {
    const area = height * width;
    const out = new Float32Array(3 * area * scale * scale);
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          let sum = 0.1;
          for (let from = 0; from < 3; from++) {
            for (let k = 0; k < 25; k++) {
              const [row, column] = [y + Math.floor(k / 5) - 2, x + (k % 5) - 2];
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              sum += weights[(channel * 3 + from) * 25 + k]! * planes[from * area + row * width + column]!;
            }
          }
          for (let place = 0; place < scale * scale; place++) {
            const [row, column] = [y * scale + Math.floor(place / scale), x * scale + (place % scale)];
            out[channel * area * scale * scale + row * width * scale + column] = sum * gains[place]!;
          }
        }
      }
    }
    return Promise.resolve(out);
  }
}
