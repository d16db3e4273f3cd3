import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fakeCli, type Cli } from '../support/fakeCli';

let cli: Cli;
beforeAll(async () => {
  await mkdir('out', { recursive: true });
  cli = await fakeCli();
});
afterAll(() => cli.dispose());

test('--json prints progress and then one done line, and nothing else', async () => {
  const { code, out, err, lines } = await cli.run('search', '--photos', 'a', 'b', '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(lines.map(({ event }) => event)).toEqual(['progress', 'progress', 'done']);
  expect(out.trim().split('\n')).toHaveLength(lines.length);
  expect(lines.at(-1)).toMatchObject({
    model: '/models/fake.onnx',
    echo: { photos: ['a', 'b'], scale: 2, budget: 'fast', minutes: 10, device: 'auto', seed: 1 },
  });
});

test('--json is understood before the command too', async () => {
  const { lines } = await cli.run('--json', 'search', '--photos', 'a');
  expect(lines.at(-1)).toMatchObject({ event: 'done' });
});

test('every option reaches the job, checked and as its type', async () => {
  const { lines } = await cli.run(
    ...'search --photos a --scale 4 --budget 4s/photo --photo-mp 24 --steps 30 --device gpu0'.split(' '),
    ...'--restart --from-scratch --space paper-x4 --seed 7 --json'.split(' '),
  );
  expect(lines.at(-1)?.['echo']).toEqual({
    photos: ['a'],
    scale: 4,
    budget: '4s/photo',
    photoMp: 24,
    minutes: 10,
    steps: 30,
    device: 'gpu0',
    restart: true,
    finish: false,
    fromScratch: true,
    space: 'paper-x4',
    seed: 7,
  });
});

test('--finish reaches the search, and cannot go with --restart', async () => {
  const { lines } = await cli.run('search', '--photos', 'a', '--finish', '--json');
  expect(lines.at(-1)?.['echo']).toMatchObject({ finish: true, restart: false });
  const { code, err } = await cli.run('search', '--photos', 'a', '--finish', '--restart');
  expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/--finish.*--restart/) as string });
});

test('people get sparse lines without a terminal, and closing sentences', async () => {
  const { code, out, err } = await cli.run('search', '--photos', 'a');
  expect(code).toBe(0);
  expect(err).toBe('searching 10 %\nsearching 50 %, about 10 min left - step 5\n');
  expect(out).toContain('41,000 parameters');
  expect(out).toContain('33.50 dB, bicubic 31.20 dB');
  expect(out).toContain('pixel-tailor upscale PHOTOS --out FOLDER --model /models/fake.onnx');
});

test('failed files of a batch are named and end with status 3', async () => {
  const { code, out } = await cli.run('upscale', 'a.jpg', 'b.jpg', '--out', 'out');
  expect(code).toBe(3);
  expect(out).toBe('1 photo upscaled.\n1 photo failed:\n  b.jpg: it is a text file\n');
});

test.each([
  [['serch'], /unknown command 'serch'.*Did you mean search\?/i],
  [['search', '--photo', 'a'], /unknown option '--photo'.*Did you mean --photos\?.*search --help/i],
  [[], /Expected a command/],
  [['search'], 'Expected at least one folder of photos for --photos but received nothing.'],
  [['search', '--photos', 'a', '--scale', '5'], 'Expected 2, 3 or 4 for --scale but received "5".'],
  [
    ['search', '--photos', 'a', '--budget', '0ref'],
    /Expected fast, balanced, best, .* for --budget but received "0ref"/,
  ],
  [['search', '--photos', 'a', '--minutes', '1', '--steps', '2'], /cannot be used with/],
  [
    ['search', '--photos', 'a', '--name', '../x'],
    /Expected a name of at most 80 .* for --name but received "..\/x"/,
  ],
  [['upscale', '--out', 'x'], /missing required argument 'input'/i],
  [['upscale', 'a.jpg'], 'Expected a folder for --out but received nothing.'],
  [['upscale', 'a.jpg', '--out', 'x', '--quality', '101'], /whole number from 1 to 100 for --quality/],
  [['evaluate', '--hr', 'x'], /for --model but received nothing/],
  [['models', 'burn'], /Expected list, show, import, export or remove/],
  [['devices', 'extra'], /too many arguments/i],
])('bad usage %j ends with status 2', async (args, sentence) => {
  const people = await cli.run(...args);
  expect(people.code).toBe(2);
  expect(people.err).toMatch(sentence);
  const json = await cli.run(...args, '--json');
  expect(json.code).toBe(2);
  expect(json.lines).toEqual([
    { event: 'error', exitCode: 2, message: expect.stringMatching(sentence) as string },
  ]);
});

test('help and version are no errors', async () => {
  expect(await cli.run('--version')).toMatchObject({ code: 0, out: '0.1.0\n' });
  const help = await cli.run('search', '--help');
  expect(help.code).toBe(0);
  expect(help.out).toContain('--budget');
});

test("the job's refusal ends with its status, our fault with where it happened", async () => {
  expect(await cli.run('search', '--photos', 'a', '--name', 'refuse')).toMatchObject({
    code: 2,
    err: 'Expected more photos.\n',
  });
  const fault = await cli.run('search', '--photos', 'a', '--name', 'fault');
  expect(fault.code).toBe(1);
  expect(fault.err).toContain('at x.ts:1');
});

test.each(['polite', 'block'])('Ctrl-C ends a job (%s) within two seconds with status 130', async (name) => {
  const ended = await cli.interrupt(['SIGINT'], 'search', '--photos', 'a', '--name', name, '--json');
  expect(ended.code).toBe(130);
  expect(ended.took).toBeLessThan(2000);
  expect(ended.lines.at(-1)).toEqual({ event: 'error', message: 'Cancelled.', exitCode: 130 });
});

test('a second Ctrl-C does not wait', async () => {
  const ended = await cli.interrupt(['SIGINT', 'SIGINT'], 'search', '--photos', 'a', '--name', 'block');
  expect(ended.code).toBe(130);
  expect(ended.took).toBeLessThan(1000);
});
