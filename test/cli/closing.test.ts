import { expect, test } from 'vitest';
import { closingSentences } from '../../src-main/cli/closing';
import { fakeCard } from '../support/fakeCard';

const searched = {
  model: '/m/my model.onnx',
  params: 41000,
  macsPerPixel: 9.5,
  msPerMP: 20,
  refMsPerMP: 25,
  ratio: 0.8,
  budgetMsPerMP: 20,
  budgetRatio: 0.8,
  genotype: 'x',
  steps: 100,
  seconds: 600,
};

test('a search says whether it beats the stock model of its speed', () => {
  const rival = { name: 'stock x2 fast', ratio: 0.79 };
  const close = (stock: number | null) =>
    closingSentences('search', { ...searched, rival, psnr: { model: 33, bicubic: 31, stock } });
  expect(close(33.1)).toMatch(
    /stock x2 fast, 0\.79 times.*33\.10 dB there, 0\.10 dB more: keep the stock model/,
  );
  expect(close(32.95)).toContain('0.05 dB less: keep the stock model');
  expect(close(32.9)).toContain('0.10 dB less: the tailored model beats it.');
  expect(close(null)).not.toContain('stock');
  const kept = {
    ...searched,
    rival: { ...rival, isKept: true as const },
    psnr: { model: 33, bicubic: 31, stock: 33 },
  };
  expect(closingSentences('search', kept)).toContain('This is stock x2 fast as it came with the program');
  expect(close(null)).toContain('--model "/m/my model.onnx"');
});

test('a search says what was done with the photos, and when the budget was missed', () => {
  const psnr = { model: 33, bicubic: 31, stock: null };
  const leftOut = Array.from({ length: 10 }, (_, i) => ({
    path: `${i}.jpg`,
    reason: `${i}.jpg is damaged.`,
  }));
  const photos = { train: 36, heldOut: 4, reduced: 1, leftOut };
  const text = closingSentences('search', { ...searched, psnr, ratio: 0.96, photos });
  expect(text).toContain('misses the budget by 20 %: it is slower.');
  expect(text).toContain('learned from 36 photos; 4 photos held out to check it. 1 photo reduced first');
  expect(text).toContain('10 photos left out:\n  0.jpg is damaged.\n');
  expect(text).toContain('\n  and 2 more\n');
  expect(closingSentences('search', { ...searched, psnr })).not.toContain('misses');
});

test('upscale counts what was done and names the rest', () => {
  const file = (status: string, reason?: string) => ({
    input: `${status}.jpg`,
    output: 'o',
    status,
    seconds: 1,
    ...(reason !== undefined && { reason }),
  });
  const text = closingSentences('upscale', {
    files: [
      file('done'),
      { ...file('done'), notes: ['its depth map was left out'] },
      file('skipped', 'o exists already'),
      file('failed', 'it is cut off'),
    ],
  });
  expect(text.split('\n')).toEqual([
    '2 photos upscaled.',
    '  done.jpg: its depth map was left out',
    '1 photo left alone:',
    '  skipped.jpg: o exists already',
    '1 photo failed:',
    '  failed.jpg: it is cut off',
  ]);
});

test('tables are aligned', () => {
  const set = (hr: string, psnr: number) => ({ hr, psnr, ssim: 0.9, images: [] });
  const text = closingSentences('evaluate', {
    models: [
      { model: 'bicubic', params: null, msPerMP: null, ratio: null, sets: [set('Set5', 33.684)] },
      {
        model: 'lisbon',
        params: 41000,
        msPerMP: 12.34,
        ratio: 0.8,
        onFront: true,
        sets: [set('Set5', 36.9), { ...set('Set14', 32.7), gap: { to: 'porto', db: -0.25 } }],
      },
    ],
  });
  expect(text.split('\n')).toEqual([
    'model    parameters  ms/MP  times the reference  pictures  PSNR dB  SSIM    on the front  dB above the best that is no slower',
    'bicubic  -           -      -                    Set5      33.68    0.9000',
    'lisbon   41,000      12.3   0.80                 Set5      36.90    0.9000  yes',
    'lisbon   41,000      12.3   0.80                 Set14     32.70    0.9000  yes           -0.25 (porto)',
  ]);
});

test('the library is listed with what could not be read', () => {
  const models = [{ path: '/m/lisbon.onnx', card: fakeCard() }];
  const unreadable = [{ path: '/m/x.onnx', reason: 'it is a text file' }];
  const text = closingSentences('models', { action: 'list', models, unreadable });
  expect(text).toContain('lisbon  tailored  x2     0.80 times the reference  33.50 dB  2026-11-22');
  expect(text).toContain('Not readable: /m/x.onnx: it is a text file');
  expect(closingSentences('models', { action: 'list', models: [] })).toContain('library is empty');
  expect(closingSentences('models', { action: 'remove', model: models[0] })).toBe(
    'Removed lisbon: /m/lisbon.onnx',
  );
  expect(closingSentences('models', { action: 'show', model: models[0] })).toContain('trained on 40 photos');
});

test('an imported network is told by what was found out about it', () => {
  const card = fakeCard({
    name: 'their net',
    kind: 'imported',
    psnr: { model: 33.5, bicubic: 31.2, stock: null },
  });
  const model = { path: '/m/their net.onnx', card };
  const text = closingSentences('models', { action: 'import', model, notes: ['It shows seams.'] });
  expect(text.split('\n')).toEqual([
    'Imported their net: /m/their net.onnx',
    "It enlarges 2 times, takes 0.80 times the reference network's time and comes 2.30 dB closer to the originals of test photos than bicubic.",
    'It shows seams.',
    'Use it with: pixel-tailor upscale PHOTOS --out FOLDER --model "their net"',
  ]);
  const shown = closingSentences('models', { action: 'show', model });
  expect(shown).toContain('Test photos: 33.50 dB, bicubic 31.20 dB.');
  expect(shown).not.toContain('budget');
});

test('a profile tells the speed of the one model that was measured', () => {
  const stored = { entries: 3, path: '/h/x.json' };
  expect(closingSentences('profile', stored)).toBe('3 operations measured; the table is /h/x.json');
  const speed = { model: 'lisbon', msPerMP: 51.23, refMsPerMP: 100, ratio: 0.5123 };
  expect(closingSentences('profile', { ...stored, ...speed })).toBe(
    'lisbon takes 51.2 ms per megapixel here, 0.51 times the reference network.',
  );
});

test('an unusable device says why', () => {
  const device = {
    id: 'gpu0',
    name: 'Card',
    provider: 'webgpu',
    ...{ gflops: null, tileMs: null, stepMs: null },
    ok: false,
    reason: 'no Vulkan',
  };
  expect(closingSentences('devices', { devices: [device] })).toContain('no: no Vulkan');
});

test('a result that breaks the contract is a fault, not an empty sentence', () => {
  expect(() => closingSentences('search', { model: 'x' })).toThrow();
});
