import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frontPlot, isOnFront, meanPsnr } from '../../src-main/report/frontPlot';

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

test('the picture names every model by its file, and no name breaks it', () => {
  const svg = frontPlot(some, 2);
  for (const name of ['a &lt;fast&gt;', 'slow', 'worse', 'equal', 'bicubic'])
    expect(svg).toContain(`>${name}<`);
  expect(svg).not.toContain('NaN');
  expect(svg.match(/<circle/g)).toHaveLength(4);
});

test('one model alone can be drawn', () => {
  expect(frontPlot([model('alone', 1, 35)], 4)).not.toContain('NaN');
});
