import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src-main/base/rng';
import { topological, type Node } from '../../src-main/graph/ops';
import { Region } from '../../src-main/image/region';
import { blankPixels, toPlanes, type Pixels } from '../../src-main/image/pixels';
import {
  deployed,
  encodeDeployed,
  layoutOf,
  macsPerPixel,
  receptiveRadius,
  sizeOfNetwork,
} from '../../src-main/model/network';
import { encodeModel } from '../../src-main/onnx/encode';
import { Session } from '../../src-main/runtime/session';
import { parseGenotype, printGenotype } from '../../src-main/search/genotype';
import { allCandidates, type Candidates } from '../../src-main/search/space';
import { upscaleImage, type UpscaleNet } from '../../src-main/tiling/upscaleImage';
import { decidedOf, noisyWeights, randomPicture } from '../support/architectures';
import { expectClose } from '../support/gradcheck';

const all = allCandidates({ scale: 2, cells: 3, widths: [4, 8] });

const graphOf = (candidates: Candidates, seed = 1, size?: [number, number]): Node => {
  const layout = layoutOf(candidates);
  return deployed(candidates, layout, noisyWeights(layout, seed), size);
};

/** The deployed network of open size in onnxruntime. */
async function open(candidates: Candidates, seed = 1): Promise<UpscaleNet & { release(): Promise<void> }> {
  const session = await Session.create(encodeModel({ sr: graphOf(candidates, seed) }));
  return {
    scale: candidates.scale,
    radius: receptiveRadius(candidates),
    run: async (data, h, w) => (await session.run({ lr: { data, dims: [1, 3, h, w] } }))['sr']!.data,
    release: () => session.release(),
  };
}

const opsOf = (output: Node): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { op } of topological([output])) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
};

describe('the deployed network', () => {
  it('is made of nothing but what inference needs', () => {
    const property = fc.property(decidedOf(all), (decided) => {
      const { Input: inputs, ...rest } = opsOf(graphOf(decided));
      expect(inputs).toBe(1);
      expect(rest['DepthToSpace']).toBe(1);
      for (const op of Object.keys(rest))
        expect(['Constant', 'Conv', 'Relu', 'Add', 'Pad', 'DepthToSpace']).toContain(op);
      expect(graphOf(decided).shape).toEqual([1, 3, '2*h', '2*w']);
    });
    fc.assert(property, { seed: 41, numRuns: 60 });
  });

  it.each([
    // Beside the cells: stem, tail and skip path.
    ['x2 c8 | edge3 4 edge3', 2],
    ['x2 c8 | conv3 4 edge3', 2],
    ['x2 c8 | sep3 4 sep5', 4],
    ['x2 c8 | ir 4 conv3', 4],
    ['x2 c8 | id 4 edge3', 1],
    // Where widths differ, passing on is a 1x1 convolution.
    ['x2 c8 | edge3 4 id', 2],
    ['x2 c8 | edge3 8 id', 1],
    ['x2 c8 | id 4 id', 0],
  ])('%s has %i convolutions in its cell', (genotype, convolutions) => {
    const candidates = parseGenotype(genotype);
    expect(opsOf(graphOf(candidates))['Conv']).toBe(3 + convolutions);
  });

  it('of an edge-oriented block is one 3x3 convolution with a bias', () => {
    const graph = graphOf(parseGenotype('x2 c8 | edge3 4 edge3'));
    const kernels = topological([graph]).flatMap((node) => (node.op === 'Conv' ? [node.inputs] : []));
    expect(kernels.map(([, kernel]) => kernel!.shape)).toEqual(
      expect.arrayContaining([[4, 8, 3, 3], [8, 4, 3, 3]]), // prettier-ignore
    );
    for (const [, kernel, bias] of kernels) {
      expect(kernel!.op).toBe('Constant');
      if (kernel!.shape[2] === 3) expect(bias!.op).toBe('Constant');
    }
  });

  it('passes an identity on without a second ReLU', () => {
    expect(opsOf(graphOf(parseGenotype('x2 c8 | id 8 conv3')))['Relu']).toBe(2);
    expect(opsOf(graphOf(parseGenotype('x2 c8 | conv3 8 conv3')))['Relu']).toBe(3);
  });

  it('takes pictures of any size, and gives what a network of that size gives', async () => {
    const candidates = parseGenotype('x2 c8 f0 | edge3 4 sep5 | ir 8 id');
    const net = await open(candidates);
    try {
      for (const [h, w] of [
        [1, 1],
        [2, 7],
        [16, 16],
        [33, 20],
      ] as const) {
        // prettier-ignore
        const lr = randomPicture(3 * h * w, h);
        const fixed = await Session.create(encodeModel({ sr: graphOf(candidates, 1, [h, w]) }));
        const expected = (await fixed.run({ lr: { data: lr, dims: [1, 3, h, w] } }))['sr']!;
        await fixed.release();
        expect(expected.dims).toEqual([1, 3, 2 * h, 2 * w]);
        expectClose(await net.run(lr, h, w), expected.data, 1e-6, `${h} x ${w}`);
      }
    } finally {
      await net.release();
    }
  });

  it.each([3, 4] as const)('enlarges %i times', async (scale) => {
    const candidates = parseGenotype(`x${scale} c4 | conv3 4 conv3`);
    const net = await open(candidates);
    expect(await net.run(randomPicture(3 * 20, 1), 4, 5)).toHaveLength(3 * 20 * scale ** 2);
    await net.release();
  });

  it('is refused while anything is left to choose', () => {
    const layout = layoutOf(all);
    expect(() => deployed(all, layout, layout.initial(1))).toThrow('nothing left to choose');
  });

  it('can be encoded with the weights that it inherits', async () => {
    const layout = layoutOf(all);
    const average = noisyWeights(layout, 1);
    const decided = parseGenotype('x2 c4 | conv3 8 ir');
    const session = await Session.create(encodeDeployed(decided, { candidates: all, average }));
    expect([session.inputNames, session.outputNames]).toEqual([['lr'], ['sr']]);
    await session.release();
  });
});

describe('its size', () => {
  it('is that of its convolutions', () => {
    const candidates = parseGenotype('x2 c8 | edge3 4 sep5');
    const { params, macsPerPixel } = sizeOfNetwork((h, w) => graphOf(candidates, 1, [h, w]));
    const macs = 27 * 8 + 9 * 8 * 4 + 4 * (25 + 8) + 9 * 8 * 12 + 75 * 12;
    expect(macsPerPixel).toBe(macs / 4);
    expect(params).toBe(macs + 8 + 4 + 8 + 12);
  });

  it('does not depend on the size that it is counted at', () => {
    const property = fc.property(decidedOf(all), (decided) => {
      const layout = layoutOf(decided);
      const { macsPerPixel } = sizeOfNetwork((h, w) => deployed(decided, layout, layout.initial(1), [h, w]));
      expect(macsPerPixel).toBe(
        sizeOfNetwork((h, w) => deployed(decided, layout, layout.initial(1), [2 * h, w + 3])).macsPerPixel,
      );
    });
    fc.assert(property, { seed: 42, numRuns: 10 });
  });

  it('is counted alike without folding anything', () => {
    const property = fc.property(decidedOf(all), (decided) => {
      const layout = layoutOf(decided);
      const size = sizeOfNetwork((h, w) => deployed(decided, layout, layout.initial(1), [h, w]));
      expect(macsPerPixel(decided)).toBe(size.macsPerPixel);
    });
    fc.assert(property, { seed: 43, numRuns: 20 });
  });
});

/** How far, in small pixels, the output changes around a small pixel that is changed; over several pictures. */
async function seenRadius(candidates: Candidates, pictures: number): Promise<number> {
  const side = 41;
  const middle = 20;
  const { scale } = candidates;
  let radius = 0;
  for (let seed = 0; seed < pictures; seed++) {
    const net = await open(candidates, seed + 1);
    const lr = randomPicture(3 * side * side, seed);
    const before = await net.run(lr, side, side);
    for (const c of [0, 1, 2]) lr[(c * side + middle) * side + middle]! += 3;
    const after = await net.run(lr, side, side);
    await net.release();
    after.forEach((value, i) => {
      if (value === before[i]) return;
      const column = Math.floor((i % (side * scale)) / scale);
      const row = Math.floor((Math.floor(i / (side * scale)) % (side * scale)) / scale);
      radius = Math.max(radius, Math.abs(row - middle), Math.abs(column - middle));
    });
  }
  return radius;
}

describe('the receptive radius', () => {
  it.each([
    ['x2 c8 | id 8 id', 2],
    ['x2 c8 | conv3 8 conv3', 4],
    ['x2 c8 | edge3 8 sep3 | ir 8 conv3', 6],
    ['x2 c8 f0 | sep5 8 sep5 | conv3 8 sep5 | id 8 ir', 10],
    ['x3 c4 | sep5 4 id', 4],
  ])('of %s is %i, and no less', async (genotype, radius) => {
    const candidates = parseGenotype(genotype);
    expect(receptiveRadius(candidates)).toBe(radius);
    expect(await seenRadius(candidates, 6)).toBe(radius);
  });

  it('is never exceeded', async () => {
    const property = fc.asyncProperty(decidedOf(all), async (decided) => {
      expect(await seenRadius(decided, 1)).toBeLessThanOrEqual(receptiveRadius(decided));
    });
    await fc.assert(property, { seed: 43, numRuns: 15 });
  });

  it('counts the cells before the exit only', () => {
    const deep = parseGenotype('x2 c8 | conv3 8 conv3 | sep5 8 sep5');
    expect(receptiveRadius({ ...deep, exits: [1] })).toBe(4);
    expect(receptiveRadius(deep)).toBe(8);
  });
});

describe('upscaling in tiles', () => {
  const picture = (): Pixels => {
    const pixels = blankPixels(61, 47, 3);
    const rng = new Rng(9);
    pixels.data.forEach((_, i) => (pixels.data[i] = rng.below(256)));
    return pixels;
  };

  it('gives the untiled picture from the radius up', async () => {
    const property = fc.asyncProperty(decidedOf(all), fc.constantFrom(9, 16, 25), async (decided, tile) => {
      const net = await open(decided);
      const pixels = picture();
      const whole = await upscaleImage(pixels, net, { tile: 100 });
      const planes = await net.run(toPlanes(pixels, Region.of(pixels)), 47, 61);
      expect(planes).toHaveLength(whole.data.length);
      for (const overlap of [net.radius, net.radius + 1, net.radius + 5]) {
        const tiled = await upscaleImage(pixels, net, { tile, overlap });
        const worst = Math.max(...Array.from(tiled.data, (x, i) => Math.abs(x - whole.data[i]!)));
        expect(worst, `${printGenotype(decided)}, overlap ${overlap}`).toBeLessThanOrEqual(1);
      }
      await net.release();
    });
    await fc.assert(property, { seed: 44, numRuns: 8 });
  });
});
