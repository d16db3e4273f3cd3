// An engine that does as it is told: by its argument, or by the name of the model to search.
import { appendFileSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { setInterval, setTimeout } from 'node:timers';

const [, , told, log] = process.argv;
const tell = (event) => process.send(event);
const progress = (fraction, extra = {}) =>
  tell({ event: 'progress', phase: 'searching', fraction, ...extra });
const searched = {
  event: 'done',
  model: '/models/fake.onnx',
  params: 41000,
  macsPerPixel: 9.5,
  msPerMP: 20,
  refMsPerMP: 25,
  ratio: 0.8,
  budgetMsPerMP: 20,
  budgetRatio: 0.8,
  psnr: { model: 33.5, bicubic: 31.2, stock: null },
  genotype: 'fake',
  steps: 10,
  seconds: 4,
};

/** Starts so far, this one included, counted in the log file. */
function countStart(config) {
  appendFileSync(log, `${JSON.stringify(config)}\n`);
  return readFileSync(log, 'utf8').trim().split('\n').length;
}

/** Works on a card the first time and is done the second; returns whether it was the first. */
function onCard(config) {
  if (countStart(config) > 1) {
    tell({ event: 'done' });
    return false;
  }
  progress(0.4, { device: { id: 'gpu', name: 'A card' }, data: { step: 4 } });
  return true;
}

const behaviours = {
  answer: (config) => {
    progress(0.1);
    progress(0.5, { secondsLeft: 600, message: 'step 5' });
    tell({ ...searched, echo: config });
  },
  dieOnce: (config) => {
    if (countStart(config) === 1) {
      progress(0.4, config.name === 'early' ? {} : { data: { step: 4 } });
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);
      return;
    }
    progress(0.2);
    tell({ event: 'done' });
  },
  die: (config) => {
    countStart(config);
    process.stderr.write('loading\nFatal error: out of tensors\n', () => process.exit(7));
  },
  diePerPhoto: (config) => {
    const done = countStart(config);
    if (done === 4) {
      tell({ event: 'done' });
      return;
    }
    const settled = { input: 'a', output: 'b', status: done < 3 ? 'done' : 'failed', seconds: 1 };
    progress(0.1, { data: { files: 4, file: done, settled } });
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);
  },
  block: () => {
    progress(0.3);
    setTimeout(() => {
      for (;;);
    }, 50);
  },
  polite: () => {
    progress(0.3);
    setInterval(() => undefined, 1000);
  },
  stumble: () => behaviours.polite(),
  loseDevice: (config) => {
    if (!onCard(config)) return;
    const device = 'it is gone';
    tell({ event: 'error', message: `The device failed: ${device}.`, exitCode: 1, device });
  },
  hangOnDevice: (config) => {
    if (onCard(config)) behaviours.block();
  },
  dieOnDevice: (config) => {
    if (onCard(config)) setTimeout(() => process.exit(7), 50);
  },
  malformed: () => tell({ event: 'progress', phase: 'searching' }),
  refuse: () => tell({ event: 'error', message: 'Expected more photos.', exitCode: 2 }),
  fault: () => tell({ event: 'error', message: 'Broken invariant: x', exitCode: 1, detail: 'at x.ts:1' }),
  upscaleSome: () =>
    tell({
      event: 'done',
      files: [
        { input: 'a.jpg', output: 'out/a.jpg', status: 'done', seconds: 1 },
        { input: 'b.jpg', output: 'out/b.jpg', status: 'failed', reason: 'it is a text file', seconds: 0 },
      ],
    }),
};

process.on('message', (message) => {
  if (message.type === 'abort') {
    if (told === 'stumble') behaviours.fault();
    else tell({ event: 'error', message: 'Cancelled.', exitCode: 130 });
    return;
  }
  const usual = message.job === 'upscale' ? 'upscaleSome' : 'answer';
  behaviours[told ?? message.config.name ?? usual](message.config);
});
process.on('disconnect', () => process.exit(1));
process.on('SIGINT', () => undefined);
