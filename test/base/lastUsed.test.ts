import { expect, test } from 'vitest';
import { LastUsed } from '../../src-main/base/lastUsed';

function numbers(most: number) {
  const [made, dropped]: number[][] = [[], []];
  const kept = new LastUsed<number>(
    most,
    (n) => n,
    (n) => dropped!.push(n),
  );
  const get = (n: number): Promise<number> =>
    kept.get(String(n), () => {
      made!.push(n);
      return Promise.resolve(n);
    });
  return { get, made, dropped };
}

test('what was used longest ago makes room, by weight', async () => {
  const { get, made, dropped } = numbers(10);
  for (const n of [2, 3, 4, 2, 5]) await get(n);
  await get(2);
  expect(made).toEqual([2, 3, 4, 5]);
  await expect.poll(() => dropped).toEqual([3, 4]);
});

test('what was asked for last stays, whatever it weighs', async () => {
  const { get, made, dropped } = numbers(10);
  for (const n of [2, 50, 50, 3]) await get(n);
  expect(made).toEqual([2, 50, 3]);
  await expect.poll(() => dropped).toEqual([2, 50]);
});

test('what is being made is made once, and what failed anew', async () => {
  const { get, made } = numbers(10);
  expect(await Promise.all([get(7), get(7)])).toEqual([7, 7]);
  expect(made).toEqual([7]);
  const failing = new LastUsed<number>(1, (n) => n);
  await expect(failing.get('a', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  expect(await failing.get('a', () => Promise.resolve(1))).toBe(1);
});
