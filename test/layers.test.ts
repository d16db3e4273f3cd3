import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** A file may import from its own layer and from those before it. */
const layers = [
  ...[
    'base',
    'shared',
    'graph',
    'nn',
    'search',
    'onnx',
    'runtime',
    'image',
    'tiling',
    'data',
    'latency',
    'model',
  ],
  ...['train', 'compress', 'report', 'jobs', 'supervisor', 'app', 'cli', 'shell', 'entries'],
];
const entries = ['main', 'preload', 'engine', 'cli', 'start'].map((name) => `src-main/${name}.ts`);

/** Narrower than the order: all that these may import from elsewhere. */
const only: Partial<Record<string, string[]>> = {
  tiling: ['base', 'image'],
  preload: ['shared'],
  renderer: ['shared'],
};

/** Packages and `node:` modules that a layer may use; a layer that is not named here may use all of them. */
const packagesOf: Partial<Record<string, string[]>> = {
  base: [],
  graph: [],
  nn: [],
  search: [],
  tiling: [],
  shared: ['zod', 'birpc'],
  renderer: ['svelte', '@lucide/svelte', 'intl-messageformat', 'uplot', '@tanstack/virtual-core'],
};

/** Packages that only these files and folders may import. */
const owners: Partial<Record<string, string[]>> = {
  sharp: ['src-main/image/'],
  'onnxruntime-node': ['src-main/runtime/session.ts'],
  'onnxruntime-common': ['src-main/runtime/session.ts'],
  '@tensorflow/tfjs-core': ['src-main/runtime/'],
  electron: ['src-main/main.ts', 'src-main/preload.ts', 'src-main/shell/'],
};

/** Jobs that are made of other jobs. */
const composed = ['bench', 'benchDevice', 'benchPhotos', 'demo', 'questions'].map(
  (name) => `src-main/jobs/${name}.ts`,
);

const maxLines = 300;
const root = resolve(import.meta.dirname, '..');

function layerOf(file: string): string {
  if (file.startsWith('src-renderer/')) return 'renderer';
  if (file === 'src-main/preload.ts') return 'preload';
  if (entries.includes(file)) return 'entries';
  return file.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

/** What is wrong with the imports of one file, in words; `file` is relative to the root, with forward slashes. */
function violations(file: string, source: string): string[] {
  const imports = ts.preProcessFile(source, true, true).importedFiles.map(({ fileName }) => fileName);
  return imports.flatMap((name) => {
    const wrong = name.startsWith('.') ? wrongFile(file, name) : wrongPackage(file, name);
    return wrong === undefined ? [] : [`${file} imports ${name}: ${wrong}`];
  });
}

function wrongFile(file: string, name: string): string | undefined {
  const target = relative(root, resolve(root, file, '..', name)).replaceAll(sep, '/');
  const [from, to] = [layerOf(file), layerOf(`${target}.ts`)];
  if (!target.startsWith('src-main/'))
    return from === 'renderer' || target === 'package.json' ? undefined : 'outside';
  if (entries.includes(`${target}.ts`)) return 'nothing imports an entry';
  const allowed = only[from];
  if (allowed && to !== from && !allowed.includes(to)) return `${from} imports only ${allowed.join(' and ')}`;
  if (allowed) return undefined;
  if (!layers.includes(from) || !layers.includes(to)) return 'unknown layer';
  if (layers.indexOf(to) > layers.indexOf(from)) return `${to} comes after ${from}`;
  return from === 'jobs' && to === 'jobs' && !composed.includes(file) ? 'no job imports another' : undefined;
}

function wrongPackage(file: string, name: string): string | undefined {
  const parts = name.split('/');
  const base = name.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? name);
  if (builtinModules.includes(name)) return `write node:${name}`;
  const allowed = packagesOf[layerOf(file)];
  if (allowed && !allowed.includes(base))
    return `${layerOf(file)} may use ${allowed.join(', ') || 'no packages'}`;
  const owned = owners[base];
  return owned && !owned.some((owner) => file === owner || (owner.endsWith('/') && file.startsWith(owner)))
    ? `only ${owned.join(' and ')} may`
    : undefined;
}

const sources = ['src-main', 'src-renderer'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|svelte)$/.test(name))
    .map((name) => `${folder}/${name.replaceAll(sep, '/')}`),
);
const read = (file: string) => readFileSync(join(root, file), 'utf8');

test('every import goes in the direction of the layers', () => {
  expect(sources.length).toBeGreaterThan(10);
  expect(sources.flatMap((file) => violations(file, read(file)))).toEqual([]);
});

test(`no file is longer than ${maxLines} lines, a barrel or a bag of tools`, () => {
  expect(sources.filter((file) => read(file).split('\n').length > maxLines + 1)).toEqual([]);
  expect(sources.filter((file) => /\/(index|utils?|helpers?)\.ts$/.test(file))).toEqual([]);
});

test.each([
  ['src-main/graph/x.ts', "import { Adam } from '../nn/optim';", 'nn comes after graph'],
  ['src-main/base/x.ts', "import type { Scale } from '../shared/modelCard';", 'shared comes after base'],
  ['src-main/nn/x.ts', "const fs = await import('node:fs');", 'nn may use no packages'],
  ['src-main/search/x.ts', "import { z } from 'zod';", 'search may use no packages'],
  ['src-main/shared/x.ts', "import { join } from 'node:path';", 'shared may use zod'],
  [
    'src-main/tiling/x.ts',
    "import { Session } from '../runtime/session';",
    'tiling imports only base and image',
  ],
  ['src-main/data/x.ts', "import sharp from 'sharp';", 'only src-main/image/ may'],
  [
    'src-main/train/x.ts',
    "export { Tensor } from 'onnxruntime-node';",
    'only src-main/runtime/session.ts may',
  ],
  [
    'src-main/engine.ts',
    "import { app } from 'electron/main';",
    'only src-main/main.ts and src-main/preload.ts and src-main/shell/ may',
  ],
  ['src-main/jobs/x.ts', "import { search } from './search';", 'no job imports another'],
  ['src-main/jobs/x.ts', "import '../cli';", 'nothing imports an entry'],
  ['src-main/cli/x.ts', "import '../cli';", 'nothing imports an entry'],
  ['src-main/image/x.ts', "import { readFile } from 'fs';", 'write node:fs'],
  ['src-main/preload.ts', "import { superviseJob } from './supervisor';", 'preload imports only shared'],
  [
    'src-renderer/x.ts',
    "import { UserError } from '../src-main/base/errors';",
    'renderer imports only shared',
  ],
  ['src-renderer/x.ts', "import { join } from 'node:path';", 'renderer may use svelte'],
])('%s with %s is caught', (file, source, wrong) => {
  expect(violations(file, source)).toEqual([expect.stringContaining(wrong)]);
});

test.each([
  ['src-main/nn/x.ts', "import { conv } from '../graph/build';\nimport { Rng } from '../base/rng';"],
  ['src-main/tiling/x.ts', "import { Region } from '../image/region';\nimport { tiles } from './tiles';"],
  ['src-main/jobs/demo.ts', "import { search } from './search';"],
  [
    'src-main/engine.ts',
    "import { readFile } from 'node:fs/promises';\nconst j = await import('./jobs/search');",
  ],
  [
    'src-renderer/x.ts',
    "import App from './App.svelte';\nimport type { Progress } from '../src-main/shared/progress';",
  ],
])('%s with %s is fine', (file, source) => {
  expect(violations(file, source)).toEqual([]);
});
