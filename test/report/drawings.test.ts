import fc from 'fast-check';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadRgb8 } from '../../src-main/data/prepare';
import { degrade } from '../../src-main/data/degrade';
import { drawArchitecture } from '../../src-main/report/architecture';
import { axis } from '../../src-main/report/axis';
import { comparedCrops, upscaledCrop } from '../../src-main/report/crops';
import { drawPlot } from '../../src-main/report/plot';
import { pngDataUri } from '../../src-main/report/png';
import { parseGenotype } from '../../src-main/search/genotype';
import { allCandidates, opNames } from '../../src-main/search/space';
import { leaves, noise, temporaryFolder } from '../image/samples';

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });

test('an axis keeps order, marks round values within its range and few of them', () => {
  fc.assert(
    fc.property(fc.boolean(), positive, positive, (log, a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const { ticks, place } = axis({ from, to, start: 0, end: 100, log, round: !log });
      expect(place(from)).toBeGreaterThanOrEqual(-1e-6);
      expect(place(to)).toBeLessThanOrEqual(100 + 1e-6);
      const places = ticks.map(({ value }) => place(value));
      expect(places).toEqual(places.toSorted((x, y) => x - y));
      expect(places.every((x) => x > -0.5 && x < 100.5)).toBe(true);
      expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length);
      expect(ticks.length).toBeLessThan(14);
    }),
  );
});

test('lines stay within the drawing, whatever the values', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0, max: 9, noNaN: true }), finite), { minLength: 1 }),
      (points) => {
        const plot = { title: 'T', caption: '', x: { label: 's', to: 9 }, y: { unit: 'u' } };
        const { text } = drawPlot({ ...plot, series: [{ label: 'l', colour: 'blue', points }] });
        const [, path] = /class="line blue" d="([^"]*)"/.exec(text)!;
        const numbers = [...path!.matchAll(/[ML](\S+) ([^ML]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
        expect(numbers).toHaveLength(points.length);
        for (const [x, y] of numbers) {
          expect(x! >= 0 && x! <= 520).toBe(true);
          expect(y! >= 0 && y! <= 290).toBe(true);
        }
      },
    ),
  );
});

test('labels at the ends of lines do not cover each other', () => {
  const series = ['a', 'b', 'c'].map((label) => ({
    label,
    colour: 'blue' as const,
    points: [[0, 1] as const],
  }));
  const { text } = drawPlot({
    title: 'T',
    caption: '',
    x: { label: 's', to: 1 },
    y: { unit: 'u', from: 1 },
    series,
  });
  const tops = [...text.matchAll(/class="label blue" x="\S+" y="([^"]+)"/g)].map(([, y]) => Number(y));
  expect(tops).toHaveLength(3);
  expect(Math.min(tops[1]! - tops[0]!, tops[2]! - tops[1]!)).toBeGreaterThanOrEqual(15);
});

const bars = (text: string): string[] => [...text.matchAll(/class="bar (\w+)"/g)].map(([, look]) => look!);

test('a network is drawn from stem to tail: a bar for each operation, a line for identities', () => {
  const { text } = drawArchitecture(parseGenotype('x2 c24 f1 | edge3 16 conv3 | id 24 sep5 | ir 32 id'));
  expect(bars(text)).toEqual(['neutral', 'green', 'blue', 'orange', 'purple', 'neutral']);
  expect(text.match(/class="jump"/g)).toHaveLength(3 + 2);
  for (const label of ['fusion of cell 1', 'skip path', 'inverted residual']) expect(text).toContain(label);
  expect(drawArchitecture(parseGenotype('x4 c8 | id 8 id')).text).not.toContain('fusion');
  expect(drawArchitecture(parseGenotype('x4 c8 f0 | id 8 id')).text).toContain('fusion of the stem');
  expect(() => drawArchitecture(allCandidates({ scale: 2, cells: 2, widths: [8, 16] }))).toThrow(
    'nothing left',
  );
});

test('any finished network can be drawn', () => {
  const width = fc.constantFrom(8, 24, 64);
  const op = fc.constantFrom(...opNames);
  const cell = fc.record({
    inner: width.map((w) => [w]),
    ops: fc.tuple(op, op).map(([a, b]) => [[a], [b]]),
  });
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 20 }), width, fc.nat(20), (cells, trunk, fused) => {
      const architecture = {
        scale: 2 as const,
        trunk: [trunk],
        exits: [cells.length],
        fusions: [fused],
        cells,
      };
      const { text } = drawArchitecture(architecture);
      const layers = cells.flatMap(({ ops }) => ops).filter(([name]) => name !== 'identity');
      expect(bars(text)).toHaveLength(layers.length + 2);
      expect(text).not.toMatch(/NaN|undefined/);
    }),
  );
});

const root = temporaryFolder();

test('a picture in the page is the picture', async () => {
  for (const [i, pixels] of [leaves(31, 17, 1), noise(5, 9, 3), leaves(1, 1, 2)].entries()) {
    const file = join(root, `${i}.png`);
    writeFileSync(file, Buffer.from(pngDataUri(pixels).replace('data:image/png;base64,', ''), 'base64'));
    expect(await loadRgb8(file)).toEqual(pixels);
  }
});

test('crops show one place of photo, bicubic and result', () => {
  const hr = leaves(320, 256, 5);
  const lr = degrade(hr, 2);
  const crops = comparedCrops('Leaves', { hr, lr }, hr, 2);
  expect(crops).toHaveLength(2);
  for (const { tailored, original, bicubic } of crops) {
    expect([bicubic.width, bicubic.height]).toEqual([112, 112]);
    expect(tailored).toEqual(original);
    expect(bicubic).not.toEqual(original);
  }
  expect(upscaledCrop('Leaves', lr, hr).tailored).toMatchObject({ width: 256, height: 192 });
  expect(upscaledCrop('Small', leaves(20, 14, 1), leaves(40, 28, 1)).bicubic).toMatchObject({
    width: 40,
    height: 28,
  });
});
