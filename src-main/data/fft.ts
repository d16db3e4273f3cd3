/** Discrete Fourier transform of a square picture, in place: `re` and `im` are [size, size], size a power of two. */
export function fft2(re: Float64Array, im: Float64Array, size: number): void {
  const twiddles = twiddlesOf(size);
  for (let row = 0; row < size; row++) fft(re, im, row * size, 1, size, twiddles);
  for (let column = 0; column < size; column++) fft(re, im, column, size, size, twiddles);
}

interface Twiddles {
  cos: Float64Array;
  sin: Float64Array;
}

const tables = new Map<number, Twiddles>();

function twiddlesOf(size: number): Twiddles {
  let table = tables.get(size);
  if (!table) {
    table = {
      cos: Float64Array.from({ length: size }, (_, i) => Math.cos((2 * Math.PI * i) / size)),
      sin: Float64Array.from({ length: size }, (_, i) => -Math.sin((2 * Math.PI * i) / size)),
    };
    tables.set(size, table);
  }
  return table;
}

/** Radix-2 transform (Cooley and Tukey) of the `size` values from `start` on, `stride` apart. */
function fft(
  re: Float64Array,
  im: Float64Array,
  start: number,
  stride: number,
  size: number,
  { cos, sin }: Twiddles,
): void {
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const [a, b] = [start + i * stride, start + j * stride];
      [re[a], re[b]] = [re[b]!, re[a]!];
      [im[a], im[b]] = [im[b]!, im[a]!];
    }
  }
  for (let length = 2; length <= size; length *= 2) {
    const half = length / 2;
    const step = size / length;
    for (let k = 0; k < half; k++) {
      const c = cos[k * step]!;
      const s = sin[k * step]!;
      for (let i = k; i < size; i += length) {
        const a = start + i * stride;
        const b = a + half * stride;
        const x = re[b]! * c - im[b]! * s;
        const y = re[b]! * s + im[b]! * c;
        re[b] = re[a]! - x;
        im[b] = im[a]! - y;
        re[a]! += x;
        im[a]! += y;
      }
    }
  }
}
