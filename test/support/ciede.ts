/** CIE L*a*b* (D65) of 8-bit sRGB samples at `i`. */
function lab(rgb: Uint8Array, i: number): [number, number, number] {
  const linear = (value: number): number => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  };
  const [r, g, b] = [linear(rgb[i]!), linear(rgb[i + 1]!), linear(rgb[i + 2]!)];
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116);
  const x = f((0.4123908 * r + 0.3575843 * g + 0.1804808 * b) / 0.9504559);
  const y = f(0.212639 * r + 0.7151687 * g + 0.0721923 * b);
  const z = f((0.0193308 * r + 0.1191948 * g + 0.9505322 * b) / 1.0890578);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** CIEDE2000 of two colours in L*a*b* (Sharma, Wu and Dalal 2005). */
function difference([l1, a1, b1]: number[], [l2, a2, b2]: number[]): number {
  const mean7 = ((Math.hypot(a1!, b1!) + Math.hypot(a2!, b2!)) / 2) ** 7;
  const g = 1 + 0.5 * (1 - Math.sqrt(mean7 / (mean7 + 25 ** 7)));
  const [c1, c2] = [Math.hypot(g * a1!, b1!), Math.hypot(g * a2!, b2!)];
  const hue = (a: number, b: number): number => (Math.atan2(b, g * a) * 180) / Math.PI;
  const [h1, h2] = [(hue(a1!, b1!) + 360) % 360, (hue(a2!, b2!) + 360) % 360];
  const grey = c1 * c2 === 0;
  const apart = grey ? 0 : ((h2 - h1 + 540) % 360) - 180;
  const h = grey ? h1 + h2 : (h1 + apart / 2 + 360) % 360;
  const [l, c] = [(l1! + l2!) / 2, (c1 + c2) / 2];
  const t =
    1 -
    0.17 * Math.cos(radians(h - 30)) +
    0.24 * Math.cos(radians(2 * h)) +
    0.32 * Math.cos(radians(3 * h + 6)) -
    0.2 * Math.cos(radians(4 * h - 63));
  const dl = (l2! - l1!) / (1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2));
  const dc = (c2 - c1) / (1 + 0.045 * c);
  const dh = (2 * Math.sqrt(c1 * c2) * Math.sin(radians(apart / 2))) / (1 + 0.015 * c * t);
  const turn = 60 * Math.exp(-(((h - 275) / 25) ** 2));
  const rotation = -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * Math.sin(radians(turn));
  return Math.sqrt(dl ** 2 + dc ** 2 + dh ** 2 + rotation * dc * dh);
}

/** Mean CIEDE2000 of two pictures of one size as interleaved 8-bit sRGB; of large ones, of pixels spread evenly. */
export function meanDifference(a: Uint8Array, b: Uint8Array): number {
  const pixels = a.length / 3;
  const step = Math.max(1, Math.floor(pixels / 20_000));
  let [sum, count] = [0, 0];
  for (let pixel = 0; pixel < pixels; pixel += step, count++)
    sum += difference(lab(a, 3 * pixel), lab(b, 3 * pixel));
  return sum / count;
}
