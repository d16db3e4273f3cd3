import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import {
  drawOne,
  dropZeros,
  initialChoices,
  liveCandidates,
  mostProbable,
  names,
  noteZeros,
  radiusOf,
  reachOf,
  relax,
  widthMask,
  widthMaskGradient,
  type Choice,
  type Choices,
} from '../../src-main/search/choices';
import { circumradius, sparsemax } from '../../src-main/search/relax';
import { allCandidates, isDecided, opNames } from '../../src-main/search/space';

const space = allCandidates({ scale: 2, cells: 4, widths: [4, 8, 12] });
const runs = { seed: 77, numRuns: 400 };

/** A choice whose candidates, logits and moments can be told apart. */
function choiceOf(logits: readonly number[], shift = 0): Choice {
  return {
    candidates: logits.map((_, i) => i),
    logits: [...logits],
    m: logits.map((_, i) => i / 100),
    v: logits.map((_, i) => i / 1000),
    shift,
    zeroSteps: logits.map(() => 0),
  };
}

const probabilities = (choice: Choice, r: number): Float64Array => relax({ choice }, r)['choice']!.p;

/** Notes zeros so many steps, at resting logits. */
function wait(choices: Choices, r: number, steps: number): void {
  for (let i = 0; i < steps; i++) noteZeros(choices, relax(choices, r));
}

const manyLogits = fc
  .tuple(fc.integer({ min: 2, max: 12 }), fc.nat(1e6), fc.constantFrom(0.01, 0.2, 1))
  .map(([count, seed, deviation]) => {
    const rng = new Rng(seed, count);
    return Array.from({ length: count }, () => deviation * rng.normal());
  });
/** Evenly spread (fc.double would mostly give values near zero). */
const part = fc.nat(1e6).map((n) => n / 1e6);

describe('dropping candidates', () => {
  it('leaves the probabilities of the others as they are, now and as r grows on', () => {
    let [byProjection, byPush] = [0, 0];
    const property = fc.property(manyLogits, part, part, (logits, at, on) => {
      const r = at * circumradius(logits.length);
      const later = r + on * (1 - r);
      const choice = choiceOf(logits);
      const choices = { choice };
      const before = probabilities(choice, r);
      const unpruned = probabilities(choice, later);
      wait(choices, r, 3);
      const zeros = before.filter((p) => p === 0).length;
      expect(dropZeros(choices, r, 3)).toBe(zeros > 0);
      expect(choice.candidates).toEqual(logits.flatMap((_, i) => (before[i]! > 0 ? [i] : [])));
      probabilities(choice, r).forEach((p, i) => {
        expect(p).toBeCloseTo(before[choice.candidates[i] as number]!, 5);
      });
      probabilities(choice, later).forEach((p, i) => {
        expect(p).toBeCloseTo(unpruned[choice.candidates[i] as number]!, 5);
      });
      if (zeros > 0 && choice.shift === 0) byProjection++;
      if (choice.shift > 0) byPush++;
    });
    fc.assert(property, runs);
    expect(byProjection).toBeGreaterThan(20);
    expect(byPush).toBeGreaterThan(20);
  });

  it('goes on with the radius of METHOD B2 where the radial push made the zeros', () => {
    const logits = [0.02, 0.01, 0, -0.015, -0.02];
    const choice = choiceOf(logits);
    const r = 0.6;
    expect(sparsemax(logits).every((p) => p > 0)).toBe(true);
    wait({ choice }, r, 1);
    dropZeros({ choice }, r, 1);
    const kept = choice.candidates.length;
    expect(kept).toBeLessThan(5);
    expect(radiusOf(choice, r)).toBeCloseTo(Math.sqrt(r * r - (1 / kept - 1 / 5)), 12);
    // As r grows further, the same is taken off.
    expect(radiusOf(choice, 0.8)).toBeCloseTo(Math.sqrt(0.64 - (1 / kept - 1 / 5)), 12);
  });

  it('keeps the radius where the first projection made the zeros', () => {
    const choice = choiceOf([1, 0.9, 0.8, -4, -5]);
    wait({ choice }, 0.2, 1);
    dropZeros({ choice }, 0.2, 1);
    expect(choice.candidates).toEqual([0, 1, 2]);
    expect(radiusOf(choice, 0.2)).toBe(0.2);
  });

  it('of candidates zeroed both ways, one after the other, is continuous too', () => {
    const property = fc.property(manyLogits, part, part, (logits, first, second) => {
      const [early, late] = [Math.min(first, second), Math.max(first, second)];
      const choice = choiceOf([...logits, Math.min(...logits) - 1.5]);
      const untouched = structuredClone(choice);
      for (const r of [early, late]) {
        wait({ choice }, r, 2);
        dropZeros({ choice }, r, 2);
        const expected = probabilities(untouched, r);
        probabilities(choice, r).forEach((p, i) => {
          expect(p).toBeCloseTo(expected[choice.candidates[i] as number]!, 5);
        });
        choice.zeroSteps.fill(0);
      }
    });
    fc.assert(property, runs);
  });

  it('takes moments and counters along with the logits', () => {
    const choice = choiceOf([1, -3, 0.9, -4, 0.8]);
    wait({ choice }, 0.1, 4);
    dropZeros({ choice }, 0.1, 4);
    expect(choice).toMatchObject({
      candidates: [0, 2, 4],
      logits: [1, 0.9, 0.8],
      m: [0, 0.02, 0.04],
      v: [0, 0.002, 0.004],
      zeroSteps: [0, 0, 0],
    });
  });

  it('waits for as many zero steps in a row as patience asks', () => {
    const choice = choiceOf([1, 0.9, -4]);
    const choices = { choice };
    wait(choices, 0.1, 4);
    expect(dropZeros(choices, 0.1, 5)).toBe(false);
    // One step above zero, and the count begins again.
    choice.logits[2] = 0.95;
    wait(choices, 0.1, 1);
    expect(choice.zeroSteps).toEqual([0, 0, 0]);
    choice.logits[2] = -4;
    wait(choices, 0.1, 4);
    expect(dropZeros(choices, 0.1, 5)).toBe(false);
    wait(choices, 0.1, 1);
    expect(dropZeros(choices, 0.1, 5)).toBe(true);
    expect(choice.candidates).toEqual([0, 1]);
  });

  it('is continuous whichever of the zeros have waited long enough', () => {
    let some = 0;
    const property = fc.property(manyLogits, part, fc.nat(1e6), (logits, at, seed) => {
      const r = at * circumradius(logits.length);
      const rng = new Rng(seed);
      const choice = choiceOf(logits);
      const before = probabilities(choice, r);
      choice.zeroSteps = choice.zeroSteps.map((_, i) => (before[i] === 0 ? 1 + rng.below(2) : 0));
      const dropped = choice.zeroSteps.filter((steps) => steps === 2).length;
      if (dropped > 0 && choice.zeroSteps.includes(1)) some++;
      expect(dropZeros({ choice }, r, 2)).toBe(dropped > 0);
      expect(choice.candidates).toHaveLength(logits.length - dropped);
      probabilities(choice, r).forEach((p, i) => {
        expect(p).toBeCloseTo(before[choice.candidates[i] as number]!, 5);
      });
    });
    fc.assert(property, { ...runs, numRuns: 2000 });
    expect(some).toBeGreaterThan(500);
  });

  it('waits for a candidate that has come back since its zeros were counted', () => {
    const choice = choiceOf([1, 0.9, -4]);
    wait({ choice }, 0.1, 5);
    choice.logits[2] = 0.5;
    expect(dropZeros({ choice }, 0.1, 5)).toBe(false);
    expect(choice.candidates).toHaveLength(3);
  });

  it('never drops the last candidate', () => {
    const choice = { ...choiceOf([0.4]), zeroSteps: [99] };
    expect(dropZeros({ choice }, 1, 5)).toBe(false);
    expect(probabilities(choice, 1)).toEqual(Float64Array.of(1));
  });
});

describe('masks of width', () => {
  const widths = [4, 8, 12, 16];
  const soft = fc
    .array(part, { minLength: 4, maxLength: 4 })
    .filter((p) => p.some((x) => x > 0.01))
    .map((p) => p.map((x) => x / p.reduce((a, b) => a + b)));

  it('are nested and never rise: 1 for what all widths have, p of the widest for the last', () => {
    const property = fc.property(soft, (p) => {
      const mask = widthMask(widths, p);
      expect(mask).toHaveLength(16);
      expect(mask[0]).toBeCloseTo(1, 6);
      expect(mask[15]).toBeCloseTo(p[3]!, 6);
      mask.slice(1).forEach((m, i) => {
        expect(m).toBeLessThanOrEqual(mask[i]! + 1e-7);
      });
      for (let c = 0; c < 16; c += 4) expect(new Set(mask.subarray(c, c + 4)).size).toBe(1);
    });
    fc.assert(property, runs);
  });

  it('of one width are ones up to it, then exact zeros', () => {
    expect([...widthMask([2, 4, 6], [0, 1, 0])]).toEqual([1, 1, 1, 1, 0, 0]);
  });

  it('have the gradient of central differences', () => {
    const property = fc.property(soft, fc.nat(1e6), (p, seed) => {
      const rng = new Rng(seed);
      const cotangent = Array.from({ length: 16 }, () => rng.normal());
      const value = (at: readonly number[]): number =>
        widthMask(widths, at).reduce((sum, m, c) => sum + m * cotangent[c]!, 0);
      widthMaskGradient(widths, cotangent).forEach((g, k) => {
        const slope = (value(p.with(k, p[k]! + 0.5)) - value(p.with(k, p[k]! - 0.5))) / 1;
        expect(g).toBeCloseTo(slope, 4);
      });
    });
    fc.assert(property, runs);
  });
});

describe('reach', () => {
  it('never rises along the path, and is the probability of the exits at or behind a cell', () => {
    const property = fc.property(manyLogits, part, (logits, r) => {
      const { p } = relax({ exit: choiceOf(logits) }, r)['exit']!;
      const exits = logits.map((_, i) => i + 1);
      const reach = reachOf(exits, p, logits.length);
      expect(reach[0]).toBeCloseTo(1, 9);
      expect(reach.at(-1)).toBeCloseTo(p.at(-1)!, 12);
      reach.slice(1).forEach((here, c) => {
        expect(here).toBeLessThanOrEqual(reach[c]! + 1e-12);
        expect(reach[c]! - here).toBeCloseTo(p[c]!, 9);
      });
    });
    fc.assert(property, runs);
  });

  it('is that of the exits that are left', () => {
    expect(reachOf([1, 3], [0.25, 0.75], 4)).toEqual([1, 0.75, 0.75, 0]);
  });
});

describe('candidates', () => {
  it('begin complete, with nearly equal logits from the seed', () => {
    const choices = initialChoices(space, 5);
    expect(liveCandidates(2, choices)).toEqual(space);
    expect(choices).toEqual(initialChoices(space, 5));
    expect(choices).not.toEqual(initialChoices(space, 6));
    const all = Object.values(choices).flatMap(({ logits }) => logits);
    expect(new Set(all).size).toBe(all.length);
    for (const logit of choices[names.exit]!.logits) expect(logit).toBeCloseTo(0.3, 1);
  });

  it('end behind the last live exit', () => {
    const choices = initialChoices(space, 5);
    choices[names.exit]!.candidates = [1, 2];
    const live = liveCandidates(2, choices);
    expect(live.cells).toHaveLength(2);
    expect(live.exits).toEqual([1, 2]);
    expect(live.cells[1]!.ops[1]).toEqual(opNames);
  });

  it('that are most probable make a network with nothing left to choose', () => {
    const choices = initialChoices(space, 5);
    choices[names.exit]!.logits = [0, 0.1, 0.7, 0.2];
    choices[names.trunk]!.logits = [0, 0.4, 0.3];
    choices[names.op(2, 1)]!.logits = [0, 0, 0, 0.5, 0, 0.1];
    const found = mostProbable(2, choices, relax(choices, 0.2));
    expect(isDecided(found)).toBe(true);
    expect(found.exits).toEqual([3]);
    expect(found.cells).toHaveLength(3);
    expect(found.trunk).toEqual([8]);
    expect(found.cells[2]!.ops[1]).toEqual(['sep5x5']);
  });
});

describe('drawn networks', () => {
  it('are one-hot in every choice, as often as its probabilities say', () => {
    const relaxed = relax(initialChoices(space, 3), 0.3);
    const counts = relaxed[names.trunk]!.p.map(() => 0);
    const draws = 4000;
    for (let step = 0; step < draws; step++) {
      const drawn = drawOne(relaxed, new Rng(1, step));
      for (const { p } of Object.values(drawn)) expect(p.filter((x) => x === 1).length).toBe(1);
      counts[drawn[names.trunk]!.p.indexOf(1)]! += 1;
    }
    counts.forEach((count, i) => {
      expect(Math.abs(count / draws - relaxed[names.trunk]!.p[i]!)).toBeLessThan(0.03);
    });
  });
});
