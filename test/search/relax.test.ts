import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { circumradius, radiusAfterDrop, sparsemax, sparsestmax } from '../../src-main/search/relax';

const sum = (xs: Iterable<number>): number => [...xs].reduce((a, b) => a + b, 0);
const norm = (xs: Iterable<number>): number => Math.hypot(...xs);
const seeded = { seed: 2024, numRuns: 300 };

/** Logits as a search has them, and such as fast-check finds nasty (ties, zeros, huge gaps). */
const normalLogits = (count: number, seed: number, deviation = 0.3): number[] => {
  const rng = new Rng(seed, count);
  return Array.from({ length: count }, () => deviation * rng.normal());
};
const logits = fc.oneof(
  fc
    .tuple(fc.integer({ min: 2, max: 13 }), fc.nat(1e6), fc.constantFrom(1e-3, 0.1, 1))
    .map(([count, seed, deviation]) => normalLogits(count, seed, deviation)),
  fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 2, maxLength: 9 }),
  fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 2, maxLength: 9 }),
);
/** Evenly spread (fc.double would mostly give values near zero). */
const part = fc.nat(1e6).map((n) => n / 1e6);
const radius = part.map((x) => 1.1 * x);

/** Projection onto the simplex by bisection of the threshold: sum_i max(z_i - tau, 0) = 1. */
function projectByBisection(z: readonly number[]): number[] {
  let [low, high] = [Math.min(...z) - 1, Math.max(...z)];
  for (let i = 0; i < 60; i++) {
    const tau = (low + high) / 2;
    if (sum(z.map((v) => Math.max(v - tau, 0))) > 1) low = tau;
    else high = tau;
  }
  return z.map((v) => Math.max(v - high, 0));
}

/** METHOD A4's listing, word by word: probabilities, and the face of every pass with how it ended. */
function listing(z: readonly number[], r: number): { p: number[]; passes: string[] } {
  const passes: string[] = [];
  let v = [...z];
  let before: number[] | undefined;
  for (;;) {
    const w = projectByBisection(v);
    const face = w.map((x) => Number(x > 0));
    const size = sum(face);
    if (size === 1) return { p: w, passes: [...passes, `${face.join('')} corner`] };
    const u = face.map((x) => x / size);
    if (before) r = Math.sqrt(Math.max(r * r - norm(u.map((x, i) => x - before![i]!)) ** 2, 0));
    const d = w.map((x, i) => x - u[i]!);
    const n = norm(d);
    if (n >= r) return { p: w, passes: [...passes, `${face.join('')} far`] };
    const p = u.map((x, i) => x + (r * d[i]!) / n);
    passes.push(`${face.join('')} pushed`);
    if (Math.min(...p) >= 0) return { p, passes };
    [v, before] = [p, u];
  }
}

describe('sparsestmax', () => {
  it('lies on the simplex, with exact zeros off its support', () => {
    const property = fc.property(logits, radius, (z, r) => {
      const { p } = sparsestmax(z, r);
      expect(p).toHaveLength(z.length);
      expect(sum(p)).toBeCloseTo(1, 12);
      for (const x of p) expect(x === 0 || (x > 0 && x <= 1 + 1e-12)).toBe(true);
    });
    fc.assert(property, { ...seeded, numRuns: 2000 });
  });

  it('is sparse where plain projection is dense', () => {
    const z = normalLogits(55, 1, 0.001);
    expect(sparsestmax(z, 0).p.every((x) => x > 0)).toBe(true);
    const zeros = [0.1, 0.3, 0.5, 0.7, 0.9].map((r) => sparsestmax(z, r).p.filter((x) => x === 0).length);
    expect(zeros).toEqual(zeros.toSorted((a, b) => a - b));
    expect(zeros.at(-1)).toBeGreaterThan(50);
  });

  it('of radius 0 is the projection onto the simplex', () => {
    const property = fc.property(logits, (z) => {
      const expected = projectByBisection(z);
      sparsestmax(z, 0).p.forEach((x, i) => {
        expect(x).toBeCloseTo(expected[i]!, 12);
      });
      expect(sparsestmax(z, 0).p).toEqual(sparsemax(z));
    });
    fc.assert(property, seeded);
  });

  it('is one-hot at the largest logit once the radius is past the circumradius', () => {
    const property = fc.property(
      fc.integer({ min: 2, max: 55 }),
      fc.nat(1e6),
      part,
      (count, seed, beyond) => {
        const z = normalLogits(count, seed);
        const { p } = sparsestmax(z, circumradius(count) + 1e-9 + 0.2 * beyond);
        const best = z.indexOf(Math.max(...z));
        expect([...p]).toEqual(z.map((_, i) => Number(i === best)));
      },
    );
    fc.assert(property, seeded);
    expect(circumradius(4)).toBeCloseTo(0.866, 3);
    expect(circumradius(55)).toBeCloseTo(0.991, 3);
  });

  it('does not depend on what all logits share', () => {
    const property = fc.property(
      fc.nat(1e6),
      radius,
      fc.double({ min: -9, max: 9, noNaN: true }),
      (seed, r, by) => {
        const z = normalLogits(7, seed);
        const [here, there] = [sparsestmax(z, r).p, sparsestmax(z.map((v) => v + by), r).p]; // prettier-ignore
        here.forEach((x, i) => {
          expect(there[i]).toBeCloseTo(x, 9);
        });
      },
    );
    fc.assert(property, seeded);
  });

  it('orders probabilities as their logits', () => {
    const property = fc.property(logits, radius, (z, r) => {
      const { p } = sparsestmax(z, r);
      const order = z.map((_, i) => i).sort((a, b) => z[a]! - z[b]!);
      order.slice(1).forEach((i, k) => {
        expect(p[i]!).toBeGreaterThanOrEqual(p[order[k]!]! - 1e-12);
      });
    });
    fc.assert(property, seeded);
  });

  it('stays at least the radius away from the centre, as far as the simplex reaches', () => {
    const property = fc.property(logits, radius, (z, r) => {
      const { p } = sparsestmax(z, r);
      const live = z.filter((_, i) => p[i]! > 0);
      // Equal logits have no direction to be pushed in.
      fc.pre(live.length === 1 || Math.max(...live) - Math.min(...live) > 1e-6);
      const distance = norm(p.map((x) => x - 1 / z.length));
      expect(distance).toBeGreaterThanOrEqual(Math.min(r, circumradius(z.length)) - 1e-9);
    });
    fc.assert(property, seeded);
  });

  it('is what the listing of METHOD A4 gives, in one to four passes and more', () => {
    const counts = new Map<number, number>();
    const property = fc.property(
      fc.constantFrom(3, 4, 5, 6, 13, 55),
      fc.nat(1e6),
      fc.constantFrom(0.003, 0.1, 1),
      part,
      (count, seed, deviation, share) => {
        const z = normalLogits(count, seed, deviation);
        const r = share * circumradius(count);
        const { p, passes } = listing(z, r);
        counts.set(passes.length, (counts.get(passes.length) ?? 0) + 1);
        sparsestmax(z, r).p.forEach((x, i) => {
          expect(x).toBeCloseTo(p[i]!, 9);
        });
      },
    );
    fc.assert(property, { ...seeded, numRuns: 1500 });
    for (const passes of [1, 2, 3, 4]) expect(counts.get(passes) ?? 0, `${passes} passes`).toBeGreaterThan(0);
  });

  it.each([
    ['two', [0.2, 0.2]],
    ['five', [1, 1, 1, 1, 1]],
    ['the best two of three', [0.3, 0.3, -2]],
  ])('leaves %s equal logits at their centre, with finite numbers', (_, z) => {
    for (const r of [0, 0.1, 0.5, 0.8, 1]) {
      const { p, backward } = sparsestmax(z, r);
      const live = z.filter((v) => v === Math.max(...z)).length;
      p.forEach((x, i) => {
        expect(x).toBeCloseTo(z[i] === Math.max(...z) ? 1 / live : 0, 12);
      });
      expect(backward(z.map((_, i) => i)).every(Number.isFinite)).toBe(true);
    }
  });

  it('ends on faces that the radius just touches', () => {
    for (let count = 2; count <= 20; count++)
      for (let kept = 1; kept <= count; kept++)
        for (let seed = 0; seed < 20; seed++)
          for (const nudge of [-1e-16, 0, 1e-16]) {
            const r = Math.sqrt(Math.max(0, 1 / kept - 1 / count)) + nudge;
            const levels = normalLogits(count, seed, 1).map((v) => Math.round(v) / 8);
            expect(sum(sparsestmax(levels, Math.max(r, 0)).p)).toBeCloseTo(1, 12);
          }
  });
});

describe('gradient of sparsestmax', () => {
  it.each([3, 4, 5, 6, 13, 55])('for %i candidates is that of central differences', (count) => {
    const step = 1e-5;
    let checked = 0;
    let pushedTwice = 0;
    for (let seed = 0; seed < (count > 13 ? 40 : 200); seed++) {
      const rng = new Rng(seed, 7 * count);
      const z = normalLogits(count, seed, [0.1, 0.4, 1][seed % 3]);
      const r = rng.next() * circumradius(count);
      const cotangent = Array.from(z, () => rng.normal());
      const { passes } = listing(z, r);
      const moved = z.flatMap((_, i) => [2, 1, -1, -2].map((by) => z.with(i, z[i]! + by * step)));
      // A kink lies between two points whose passes differ.
      if (!moved.every((at) => listing(at, r).passes.join() === passes.join())) continue;
      const value = (at: readonly number[]): number =>
        sparsestmax(at, r).p.reduce((total, x, i) => total + cotangent[i]! * x, 0);
      const differences = z.map((_, i) => {
        const [b, a, c, d] = moved.slice(4 * i, 4 * i + 4).map(value) as [number, number, number, number];
        return (8 * (a - c) - (b - d)) / (12 * step);
      });
      const grad = sparsestmax(z, r).backward(cotangent);
      const error = norm(grad.map((g, i) => g - differences[i]!));
      // On an edge the push leaves nothing to choose: both are zero, up to rounding.
      if (norm(differences) < 1e-6) {
        expect(error).toBeLessThan(1e-6);
        continue;
      }
      expect(error / norm(differences)).toBeLessThan(1e-6);
      checked++;
      if (passes.filter((pass) => pass.endsWith('pushed')).length >= 2) pushedTwice++;
    }
    expect(checked).toBeGreaterThan(20);
    // Of three candidates, an edge is left after the first push.
    if (count > 3) expect(pushedTwice).toBeGreaterThan(5);
  });

  it('is zero where the choice is one-hot', () => {
    const property = fc.property(fc.integer({ min: 2, max: 13 }), fc.nat(1e6), (count, seed) => {
      const { backward } = sparsestmax(normalLogits(count, seed), 1);
      expect([...backward(normalLogits(count, seed + 1))]).toEqual(Array<number>(count).fill(0));
    });
    fc.assert(property, seeded);
  });

  it('is zero off the support, and for what all candidates share', () => {
    const property = fc.property(fc.nat(1e6), radius, (seed, r) => {
      const z = normalLogits(6, seed);
      const { p, backward } = sparsestmax(z, r);
      backward(normalLogits(z.length, 3)).forEach((g, i) => {
        if (p[i] === 0) expect(g).toBeCloseTo(0, 9);
      });
      expect(norm(backward(z.map(() => 1)))).toBeLessThan(1e-9);
    });
    fc.assert(property, seeded);
  });
});

it('the radius that a smaller simplex goes on with', () => {
  expect(radiusAfterDrop(0.5, 4, 4)).toBe(0.5);
  expect(radiusAfterDrop(0.6, 4, 2)).toBeCloseTo(Math.sqrt(0.36 - 0.25), 12);
  expect(radiusAfterDrop(0.1, 6, 2)).toBe(0);
  // The circumradius of the larger simplex becomes that of the smaller one.
  expect(radiusAfterDrop(circumradius(6), 6, 3)).toBeCloseTo(circumradius(3), 12);
});
