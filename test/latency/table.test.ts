import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LatencyTable, tableOps, type TableOp } from '../../src-main/latency/table';
import { loadTable, saveTable, tableKey, tablePath } from '../../src-main/latency/tableFile';

const widths = [8, 16, 32, 64];
const perMac: Record<TableOp, number> = { conv3x3: 9, sep3x3: 2, sep5x5: 3, invertedResidual: 5 };
/** Rises with both widths, with a constant part. */
const cellCost = (op: TableOp, a: number, b: number) => 0.01 + (perMac[op] * (2 * a * b + a + b)) / 1e5;
const endsCost = (width: number, scale: number) => 0.1 + (width * scale ** 2) / 1000;
const table = LatencyTable.synthetic(cellCost, endsCost, (width) => width / 1000, widths);

const op = fc.constantFrom(...tableOps);
const width = fc.integer({ min: 1, max: 96 });

test('on the grid both directions of a cell add up to what was measured', () => {
  for (const name of tableOps)
    for (const a of widths)
      for (const b of widths)
        expect(table.op(name, a, b) + table.op(name, b, a)).toBeCloseTo(cellCost(name, a, b), 12);
  for (const a of widths) {
    expect(table.ends(a, 3)).toBeCloseTo(endsCost(a, 3), 12);
    expect(table.add(a)).toBeCloseTo(a / 1000, 12);
  }
});

test('between grid points costs lie between those of the neighbours, and never fall with the width', () => {
  fc.assert(
    fc.property(op, width, width, width, (name, cin, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const both = (cout: number) => table.op(name, cin, cout) + table.op(name, cout, cin);
      expect(both(high)).toBeGreaterThanOrEqual(both(low) - 1e-12);
      expect(table.ends(high, 2)).toBeGreaterThanOrEqual(table.ends(low, 2));
      expect(table.op(name, cin, low)).toBeGreaterThan(0);
    }),
  );
});

test('alone an operation costs what was measured, between the widths something between, beyond them by the square', () => {
  for (const name of tableOps)
    for (const a of widths) expect(table.alone(name, a)).toBeCloseTo(cellCost(name, a, a) / 2, 12);
  expect(table.alone('sep5x5', 24)).toBeCloseTo(
    (table.alone('sep5x5', 16) + table.alone('sep5x5', 32)) / 2,
    12,
  );
  expect(table.alone('conv3x3', 128)).toBeCloseTo(4 * table.alone('conv3x3', 64), 12);
  expect(table.alone('edgeConv3x3', 16)).toBe(table.alone('conv3x3', 16));
});

test('the direction that computes more costs more', () => {
  expect(table.op('conv3x3', 8, 64)).toBeCloseTo(table.op('conv3x3', 64, 8), 12);
  expect(table.op('invertedResidual', 64, 8)).toBeGreaterThan(2 * table.op('invertedResidual', 8, 64));
});

test('beyond the grid costs grow with cin * cout; no width costs nothing', () => {
  expect(table.op('conv3x3', 128, 64)).toBeCloseTo(2 * table.op('conv3x3', 64, 64), 12);
  expect(table.op('conv3x3', 96, 96)).toBeCloseTo(2.25 * table.op('conv3x3', 64, 64), 12);
  expect(table.op('conv3x3', 0, 64)).toBe(0);
  expect(table.op('sep3x3', 16, 0)).toBe(0);
});

test('an edge-oriented block costs the conv3x3 that it is deployed as', () => {
  expect(table.op('edgeConv3x3', 16, 32)).toBe(table.op('conv3x3', 16, 32));
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixel-tailor-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a stored table comes back as it was, by its key only', async () => {
  const key = tableKey({ id: 'cpu', name: 'any' });
  const stored = new LatencyTable({ ...table.data, key });
  expect(stored.entries).toBe(4 * (10 + 4) + 3 * 4 + 4);
  expect(await loadTable(folder, key)).toBeUndefined();
  expect(await saveTable(join(folder, 'new'), stored)).toBe(tablePath(join(folder, 'new'), key));
  expect((await loadTable(join(folder, 'new'), key))?.data).toEqual(stored.data);
  expect(await loadTable(join(folder, 'new'), tableKey({ id: 'gpu', name: 'any' }))).toBeUndefined();
});

test.each(['', '{', '{"format":1}'])('a damaged table %j is none', async (text) => {
  await writeFile(tablePath(folder, 'key'), text);
  expect(await loadTable(folder, 'key')).toBeUndefined();
});
