import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelEntry } from '../../src-main/shared/things';
import { Countdown } from '../../src-renderer/views/upscale/countdown';
import { curveOf, preferred } from '../../src-renderer/views/upscale/modelChoice';
import { fakeCard } from '../support/fakeCard';

const entry = (parts: Parameters<typeof fakeCard>[0], here: ModelEntry['here'] = null): ModelEntry => ({
  ...{ card: fakeCard(parts), here },
  ...{ bytes: 1, own: true, record: false },
});
const stock = entry({ name: 'stock', kind: 'stock', budget: { text: 'balanced', ratio: 3 } });
const fast = entry({ name: 'fast', kind: 'stock', budget: { text: 'fast', ratio: 0.8 } });
const older = entry({ name: 'older', created: '2026-01-01T00:00:00.000Z' });
const newer = entry({ name: 'newer', created: '2026-02-01T00:00:00.000Z' });

test('the newest tailored model is preferred, then the balanced one, then any', () => {
  expect(preferred([fast, older, stock, newer])).toBe(newer);
  expect(preferred([fast, stock])).toBe(stock);
  const best = entry({ name: 'best', kind: 'stock', psnr: { model: 34, bicubic: 31, stock: null } });
  expect(preferred([fast, best])).toBe(best);
  expect(preferred([fast])).toBe(fast);
  expect(preferred([])).toBeUndefined();
});

test('points of the curve lie within it: faster further left, better further up', () => {
  const model = fc.record({
    ms: fc.integer({ min: 1, max: 100_000 }),
    gain: fc.double({ min: -2, max: 6, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(model, { minLength: 1, maxLength: 12 }), (models) => {
      const entries = models.map(({ ms, gain }, i) =>
        entry(
          { name: `${i}`, psnr: { model: 30 + gain, bicubic: 30, stock: null } },
          { msPerMP: ms, ratio: 1 },
        ),
      );
      const { points } = curveOf(entries);
      const inside = points.every(({ x, y }) => x > 0 && x < 1 && y > 0 && y < 1);
      const inOrder = points.every((a, i) =>
        points.every(
          (b, j) =>
            Math.sign(a.x - b.x) === Math.sign(models[i]!.ms - models[j]!.ms) &&
            (Math.sign(a.y - b.y) === Math.sign(models[i]!.gain - models[j]!.gain) ||
              Math.abs(models[i]!.gain - models[j]!.gain) < 1e-9),
        ),
      );
      return inside && inOrder;
    }),
  );
});

test('the time left runs down without jumps though photos differ, and ends near zero', () => {
  const countdown = new Countdown();
  let before = 100;
  for (let second = 0; second <= 100; second++) {
    countdown.estimate((100 - second) * (second % 2 ? 0.8 : 1.2), second * 1000);
    const left = countdown.left(second * 1000)!;
    if (second > 5) expect(Math.abs(left - before)).toBeLessThan(0.06 * (100 - second) + 3);
    before = left;
  }
  expect(before).toBeLessThan(5);
});

test('a wrong first estimate is forgotten within a tenth of the work', () => {
  const countdown = new Countdown();
  countdown.estimate(300, 0);
  for (let second = 1; second <= 30; second++) countdown.estimate(100 - second, second * 1000);
  expect(countdown.left(30_000)).toBeLessThan(70 * 1.2);
});
