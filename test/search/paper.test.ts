import { describe, expect, it } from 'vitest';
import { input } from '../../src-main/graph/build';
import { countNetwork } from '../../src-main/graph/count';
import { evaluate } from '../../src-main/graph/evaluate';
import type { Node } from '../../src-main/graph/ops';
import { ParamLayout } from '../../src-main/nn/params';
import {
  paperNetwork,
  parsePaperGenotype,
  printPaperGenotype,
  type PaperVariant,
} from '../../src-main/search/paper';

/** METHOD A5: thousands of parameters and GMACs for a 256x256 picture, as published. */
const published: [string, PaperVariant, string, number, number][] = [
  ['A-1', 'A', '000101 | 01001/33312/00103/11011 | 4000/1140/4421/0411', 335, 78.4],
  ['A-2', 'A', '0000011 | 33333/01313/33323/33322/13332 | 3042/4440/1122/2242/2000', 666, 88.8],
  ['B-1', 'B', '000 | 30333/30131/20000 | 1102/0300/4000', 234, 15.3],
  ['B-2', 'B', '000001 | 00330/32311/10103/33113/31111 | 1040/1232/4401/4300/1440', 509, 33.4],
  ['B-3', 'B', '0011 | 00020/33110 | 2033/4310', 264, 17.3],
  ['AGD-1', 'AGD', '| 00000/33212/00000/13332/00000 | 0000/0040/0000/1100/0000', 410, 108.3],
  ['AGD-2', 'AGD', '| 33332/32001/00000/33332/00000 | 1130/0110/0000/1300/0000', 468, 112.1],
];

describe('published networks', () => {
  it.each(published)('%s has its parameters and MACs', (_, variant, text, params, gmacs) => {
    const lr = input('lr', [1, 3, 256, 256]);
    const outputs: Node[] = [];
    const layout = ParamLayout.declare((weights) =>
      outputs.push(paperNetwork(variant, parsePaperGenotype(text), lr, weights)),
    );
    const cost = countNetwork(outputs[0]!);
    expect(Math.round(cost.params / 1e3)).toBe(params);
    expect(Number((cost.macs / 1e9).toFixed(1))).toBe(gmacs);
    expect(cost.params).toBe(layout.size);
    expect(cost.outputPixels).toBe(1024 * 1024);
  });

  it.each(published)('%s prints as it was read', (_, __, text) => {
    expect(printPaperGenotype(parsePaperGenotype(text))).toBe(text);
  });

  it.each(['A', 'B', 'AGD'] as const)('variant %s enlarges four times and runs', (variant) => {
    const text = { A: '011 | 03012 | 0000', B: '01 | 03012 | 0000', AGD: '| 03012 | 0000' }[variant];
    const build = (weights: Parameters<typeof paperNetwork>[3]) =>
      paperNetwork(variant, parsePaperGenotype(text), input('lr', [1, 3, 2, 3]), weights);
    const layout = ParamLayout.declare(build);
    const hr = build(layout.constants(layout.initial(1)));
    const [value] = evaluate([hr], { lr: Float32Array.from({ length: 18 }, (_, i) => i / 18) });
    expect(value!.shape).toEqual([1, 3, 8, 12]);
    expect(value!.data.every(Number.isFinite)).toBe(true);
  });
});

describe('genotypes that do not fit', () => {
  it.each([
    ['0011 | 00020/33110', 'three parts'],
    ['0021 | 00020/33110 | 2033/4310', '0 (cell) and 1 (layer)'],
    ['0011 | 0002/33110 | 2033/4310', 'five ops'],
    ['0011 | 00020/33110 | 2033/4315', 'four widths'],
    ['0011 | 00020/33110 | 2033', 'differ in their number'],
    ['0111 | 00020/33110 | 2033/4310', 'the path has 1 cells'],
  ])('%s', (text, why) => {
    expect(() => parsePaperGenotype(text)).toThrow(why);
  });

  it('variant A without two up layers', () => {
    const build = () =>
      paperNetwork('A', parsePaperGenotype('0 | 00000 | 0000'), input('lr', [1, 3, 4, 4]), weights);
    const weights = (name: string, shape: readonly number[]) => input(name, shape);
    expect(build).toThrow('two up layers');
  });
});
