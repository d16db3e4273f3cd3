import { expect, test } from 'vitest';
import { Cancelled } from '../../src-main/base/errors';
import { measureRatio, Meter } from '../../src-main/latency/measure';
import { measureTable } from '../../src-main/latency/measureTable';
import { encodeNetwork, plainNetwork } from '../../src-main/latency/networks';
import { LatencyTable } from '../../src-main/latency/table';

// These start the built timing process; what times come out depends on the machine, so only their order is tested.

const never = new AbortController().signal;
const plain = (width: number, cells: number) => encodeNetwork(plainNetwork(width, cells).output);

test('one meter times several models; a larger one takes longer, and the figures agree', async () => {
  const meter = new Meter({ signal: never, seconds: 1 });
  const small = await meter.measure(plain(8, 1), 2);
  const large = await meter.measure(plain(32, 6), 2);
  meter.stop();
  expect(large.ratio).toBeGreaterThan(small.ratio);
  for (const { msPerMP, refMsPerMP, ratio, spread } of [small, large]) {
    expect(msPerMP / refMsPerMP).toBeCloseTo(ratio, 9);
    expect(spread).toBeGreaterThanOrEqual(0);
  }
});

test('a cancelled measurement ends at once', async () => {
  const abort = new AbortController();
  const measuring = measureRatio(plain(32, 6), { scale: 2, signal: abort.signal, seconds: 60 });
  const started = performance.now();
  setTimeout(() => {
    abort.abort();
  }, 300);
  await expect(measuring).rejects.toBeInstanceOf(Cancelled);
  expect(performance.now() - started).toBeLessThan(5000);
});

test('a model that cannot be loaded is an error, and the meter goes on', async () => {
  const meter = new Meter({ signal: never, seconds: 0.2 });
  await expect(meter.measure(new Uint8Array([1, 2, 3]), 2)).rejects.toThrow();
  expect((await meter.measure(plain(8, 1), 2)).ratio).toBeGreaterThan(0);
  meter.stop();
});

test('a small table is measured with all its entries positive, and its progress rises to the end', async () => {
  const fractions: number[] = [];
  const data = await measureTable({
    key: 'test',
    signal: never,
    widths: [8, 16],
    onProgress: (fraction) => fractions.push(fraction),
  });
  const table = new LatencyTable(data);
  expect(table.entries).toBe(4 * (3 + 2) + 3 * 2 + 2);
  const { cells, alone, ends, add } = data;
  const rows = [...Object.values(cells).flat(), ...Object.values(alone), ...Object.values(ends), add];
  expect(rows.flat().every((time) => time > 0)).toBe(true);
  expect(data.cells.conv3x3.map((row) => row.length)).toEqual([1, 2]);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
});
