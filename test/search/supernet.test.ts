import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { input } from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { sizeOf } from '../../src-main/graph/ops';
import { deployed, layoutOf } from '../../src-main/model/network';
import { Program } from '../../src-main/runtime/program';
import { initialChoices, mostProbable, names, type Relaxed } from '../../src-main/search/choices';
import { inherit } from '../../src-main/search/derive';
import { SoftInputs } from '../../src-main/search/softInputs';
import { allCandidates, opNames, type Candidates } from '../../src-main/search/space';
import { network } from '../../src-main/search/supernet';
import { choiceStep } from '../../src-main/train/step';
import {
  decidedOf,
  noisyWeights,
  nudged,
  oneHot,
  randomPicture,
  softChoices,
} from '../support/architectures';
import { expectClose } from '../support/gradcheck';

const all = allCandidates({ scale: 2, cells: 3, widths: [4, 8] });
const layout = layoutOf(all);
const weights = noisyWeights(layout, 3);
const picture = [1, 3, 9, 7];
const lr = randomPicture(sizeOf(picture), 1);

/** What the search ends with for these choices: candidates and the weights they inherit. */
function derive(relaxed: Relaxed): { candidates: Candidates; weights: Float32Array } {
  const candidates = mostProbable(2, initialChoices(all, 1), relaxed);
  const own = layoutOf(candidates);
  return { candidates, weights: inherit(layout, weights, own, own.initial(9)) };
}

const supernetOf = (candidates: Candidates, soft = new SoftInputs(candidates)) =>
  network(
    input('lr', picture),
    candidates,
    layoutOf(candidates).slices(input('weights', [layoutOf(candidates).size])).weights,
    soft.nodes().choices,
  );

describe('a supernet whose choices are all one-hot', () => {
  const soft = new SoftInputs(all);
  let supernet: Program<'sr'>;
  beforeAll(async () => {
    supernet = await Program.compile({ sr: supernetOf(all) });
  });
  afterAll(() => supernet.dispose());

  async function expectSame(decided: Candidates): Promise<void> {
    const relaxed = oneHot(all, decided);
    const found = derive(relaxed);
    expect(found.candidates).toEqual(decided);
    const net = deployed(decided, layoutOf(decided), found.weights, [9, 7]);
    const program = await Program.compile({ sr: net });
    const [whole, own] = [
      await supernet.run({ lr, weights, choices: soft.feed(relaxed) }),
      await program.run({ lr }),
    ];
    await program.dispose();
    expectClose(own.sr, whole.sr, 1e-4, JSON.stringify(decided));
  }

  it('equals the derived network with inherited weights, whatever was chosen', async () => {
    await fc.assert(fc.asyncProperty(decidedOf(all), expectSame), { seed: 11, numRuns: 60 });
  });

  it.each(opNames.flatMap((first) => opNames.map((second) => [first, second] as const)))(
    'equals it for cells of %s and %s, wider and narrower inside than outside',
    async (first, second) => {
      for (const [trunk, inner] of [
        [4, 8],
        [8, 4],
      ] as const)
        // prettier-ignore
        await expectSame({
          scale: 2,
          trunk: [trunk],
          exits: [2],
          fusions: [1],
          cells: Array.from({ length: 2 }, () => ({ inner: [inner], ops: [[first], [second]] })),
        });
    },
  );

  it('equals it by the interpreter in double precision too', () => {
    const [decided] = fc.sample(decidedOf(all), { seed: 5, numRuns: 1 }) as [Candidates];
    const relaxed = oneHot(all, decided);
    const net = deployed(decided, layoutOf(decided), derive(relaxed).weights, [9, 7]);
    const [whole] = evaluate([supernetOf(all)], { lr, weights, choices: soft.feed(relaxed) });
    const [own] = evaluate([net], { lr });
    expectClose(own!.data, whole!.data, 1e-5, 'by the interpreter');
  });
});

describe('gradients of the choices', () => {
  const shape = { patch: 5, batch: 1 };
  const side = [1, 3, 5, 5];
  const lrBatch = randomPicture(sizeOf(side), 2);
  // Far above every output: the loss has no kinks but those of ReLU.
  const hrBatch = new Float32Array(4 * sizeOf(side)).fill(9);

  /** All gradients of a set of candidates at soft choices, against central differences in double precision. */
  async function check(candidates: Candidates, seed: number): Promise<Record<string, number[]>> {
    const own = layoutOf(candidates);
    const soft = new SoftInputs(candidates);
    const graph = choiceStep(candidates, own, shape);
    const relaxed = softChoices(candidates, seed);
    const feeds = { choiceLr: lrBatch, choiceHr: hrBatch, weights: noisyWeights(own, seed) };
    const lossAt = (at: Relaxed): number =>
      evaluate([graph.choiceLoss], { ...feeds, choices: soft.feed(at) })[0]!.data[0]!;
    const [exact] = evaluate([graph.choiceGradient], { ...feeds, choices: soft.feed(relaxed) });
    const program = await Program.compile(graph);
    const { choiceGradient } = await program.run({ ...feeds, choices: soft.feed(relaxed) });
    await program.dispose();
    expectClose(choiceGradient, exact!.data, 1e-5, 'gradient by onnxruntime');

    const gradients = soft.gradients(relaxed, choiceGradient);
    const step = 2 ** -12;
    for (const [name, grads] of Object.entries(gradients)) {
      const differences = grads.map(
        (_, k) =>
          (lossAt(nudged(relaxed, name, k, step)) - lossAt(nudged(relaxed, name, k, -step))) / (2 * step),
      );
      const unit = Math.max(...differences.map(Math.abs));
      grads.forEach((g, k) => {
        expect(Math.abs(g - differences[k]!), `${name}, candidate ${k}`).toBeLessThan(2e-3 * unit + 1e-6);
      });
    }
    return gradients;
  }

  it('are those of central differences for every exit, fusion, op and width', async () => {
    const gradients = await check(all, 1);
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(oneHot(all, all)).sort());
    for (const [name, grads] of Object.entries(gradients))
      for (const [k, g] of grads.entries())
        if (!(name === names.fusion && k === 0)) expect(g, `${name}, candidate ${k}`).not.toBe(0);
  });

  it('are right, and zero for fusions behind the exit, once the support has shrunk', async () => {
    const candidates: Candidates = {
      scale: 2,
      trunk: [4, 8],
      exits: [1, 2],
      fusions: ['none', 0, 1, 3, 5],
      cells: [
        {
          inner: [4],
          ops: [
            ['identity', 'sep5x5', 'invertedResidual'],
            ['identity', 'sep3x3'],
          ],
        },
        { inner: [4, 8], ops: [['conv3x3'], ['identity', 'invertedResidual', 'edgeConv3x3']] },
      ],
    };
    const { fusion } = await check(candidates, 2);
    expect(fusion!.map((g) => g !== 0)).toEqual([false, true, true, false, false]);
  });

  it('of a width that nobody uses are zero', async () => {
    const candidates: Candidates = {
      scale: 2,
      trunk: [4],
      exits: [1],
      fusions: ['none'],
      cells: [{ inner: [4, 8], ops: [['identity'], ['conv3x3', 'sep3x3']] }],
    };
    expect((await check(candidates, 3))[names.inner(0)]).toEqual([0, 0]);
  });
});
