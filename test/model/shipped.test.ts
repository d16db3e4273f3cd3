import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { resourcePath, weightsPath } from '../../src-main/model/library';
import { readModelFile } from '../../src-main/model/modelFile';
import { printGenotype } from '../../src-main/search/genotype';
import { budgetTolerance, parseBudget } from '../../src-main/shared/budget';
import { readHead } from '../../src-main/train/weightsFile';

const folder = resourcePath('models');
const models = readdirSync(folder).filter((name) => name.endsWith('.onnx'));

test('every model that ships keeps its budget, has its weights beside it and is told of in words', async () => {
  const words = readFileSync(join(folder, 'README.md'), 'utf8');
  for (const file of models) {
    const { card } = await readModelFile(join(folder, file));
    expect(Math.abs(card.ratio / card.budget.ratio - 1), file).toBeLessThanOrEqual(budgetTolerance);
    expect(parseBudget(card.budget.text, card.scale).ratio, file).toBeCloseTo(card.budget.ratio, 9);
    expect(basename(file, '.onnx')).toBe(`x${card.scale} ${card.budget.text}`);
    const { candidates } = await readHead(weightsPath(join(folder, file)));
    expect(printGenotype(candidates)).toBe(card.genotype);
    expect(words).toContain(basename(file, '.onnx'));
  }
});

test('the packed app has them, outside its archive', () => {
  const build = readFileSync(resolve(import.meta.dirname, '..', '..', 'electron-builder.yml'), 'utf8');
  const list = (key: string) => build.split(`\n${key}:\n`)[1]!.split(/\n\S/)[0]!;
  for (const key of ['files', 'asarUnpack']) expect(list(key)).toMatch(/^ {2}- resources\/\*\*$/m);
  const leftOut = [...list('files').matchAll(/'!(resources[^']*)'/g)].map(([, path]) => path);
  expect(leftOut).toEqual(['resources/readme/**']);
  expect(existsSync(folder)).toBe(true);
});
