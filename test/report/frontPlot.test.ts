import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gapOf, isOnFront, meanPsnr } from '../../src-main/report/front';
import { placeLabels } from '../../src-main/report/labels';
import { frontPlot } from '../../src-main/report/frontPlot';

const model = (name: string, ratio: number | null, ...psnrs: number[]) => ({
  model: name,
  params: null,
  msPerMP: null,
  ratio,
  sets: psnrs.map((psnr) => ({ hr: 'set', psnr, ssim: 0.9, images: [] })),
});

const some = [
  model('bicubic', null, 33.7),
  model('/models/a <fast>.onnx', 0.8, 37),
  model('slow', 1.9, 37.3),
  model('worse', 1, 36.9),
  model('equal', 0.8, 37),
];

test('the front is what no other model beats', () => {
  const onFront = some.filter((one) => isOnFront(one, some)).map(({ model: name }) => name);
  expect(onFront).toEqual(['/models/a <fast>.onnx', 'slow', 'equal']);
});

test('every model off the front is beaten by one on it', () => {
  const point = fc.record({ ratio: fc.integer({ min: 1, max: 9 }), psnr: fc.integer({ min: 30, max: 40 }) });
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 12 }), (points) => {
      const models = points.map(({ ratio, psnr }, i) => model(`m${i}`, ratio, psnr));
      const front = models.filter((one) => isOnFront(one, models));
      expect(front.length).toBeGreaterThan(0);
      for (const one of models)
        expect(front.some((other) => other.ratio! <= one.ratio! && meanPsnr(other) >= meanPsnr(one))).toBe(
          true,
        );
    }),
    { seed: 5, numRuns: 300 },
  );
});

test('a model is held against the best one that is no slower, folder by folder', () => {
  const all = [
    model('bicubic', null, 33, 30),
    model('a', 0.8, 37, 32),
    model('b', 0.8, 36, 33),
    model('c', 2, 36.5, 34),
  ];
  const gaps = all.map((one) => [0, 1].map((set) => gapOf(one, set, all)));
  expect(gaps).toEqual([
    [undefined, undefined],
    [
      { to: 'b', db: 1 },
      { to: 'b', db: -1 },
    ],
    [
      { to: 'a', db: -1 },
      { to: 'a', db: 1 },
    ],
    [
      { to: 'a', db: -0.5 },
      { to: 'b', db: 1 },
    ],
  ]);
  expect(gapOf(all[1]!, 0, [all[1]!, all[3]!])).toBeUndefined();
});

test('the picture names every model by its file, and no name breaks it', () => {
  const svg = frontPlot(some, 2);
  for (const name of ['a &lt;fast&gt;', 'slow', 'worse', 'equal', 'bicubic: 33.70 dB'])
    expect(svg).toContain(`>${name}<`);
  expect(svg).not.toContain('NaN');
  expect(svg.match(/<circle/g)).toHaveLength(4);
});

test('names cover neither dots nor each other where there is room', () => {
  const dots = [
    { x: 300, y: 200, name: 'stock x2 balanced' },
    { x: 320, y: 206, name: 'WDSR-B8-24_x2' },
    { x: 316, y: 190, name: 'another' },
    { x: 590, y: 30, name: 'at the edge' },
  ];
  const labels = placeLabels(dots, { left: 60, right: 600, top: 20, bottom: 400 });
  const boxes = labels.map(({ x, y, anchor }, i) => {
    const width = 6 * dots[i]!.name.length;
    const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
    return { left, right: left + width, top: y - 8, bottom: y + 3 };
  });
  const marks = dots.map(({ x, y }) => ({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 }));
  for (const [i, a] of boxes.entries()) {
    expect(a.left >= 60 && a.right <= 600 && a.top >= 20).toBe(true);
    for (const b of [...boxes.slice(i + 1), ...marks])
      expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false);
  }
});

test('one model alone can be drawn', () => {
  expect(frontPlot([model('alone', 1, 35)], 4)).not.toContain('NaN');
});
