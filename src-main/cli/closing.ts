import type { JobName } from '../shared/config';
import { resultSchemas, type ListedModel, type ResultOf, type StoredModel } from '../shared/results';
import { budgetTolerance } from '../shared/budget';
import type { ModelCard } from '../shared/modelCard';
import { gainOverStock, worthwhileGain } from '../shared/stock';
import { duration } from './report';

/** What a person reads at the end of a command. */
export function closingSentences(job: JobName, result: unknown): string {
  const close = closings[job] as (result: unknown) => string;
  return close(resultSchemas[job].parse(result));
}

const closings: { [Job in JobName]: (result: ResultOf<Job>) => string } = {
  search: ({ model, params, ratio, budgetRatio, msPerMP, psnr, rival, steps, seconds, photos }) =>
    [
      `The model is ready after ${steps} steps in ${duration(seconds)}: ${model}`,
      `It has ${params.toLocaleString('en')} parameters and takes ${msPerMP.toFixed(1)} ms per megapixel, ` +
        `${ratio.toFixed(2)} times the reference network (budget ${budgetRatio.toFixed(2)}).`,
      ...missed(ratio / budgetRatio - 1),
      ...(photos ? learned(photos) : []),
      `On held-out photos it reaches ${db(psnr.model)}, bicubic ${db(psnr.bicubic)}.`,
      ...besideStock(psnr, rival),
      `Use it with: pixel-tailor upscale PHOTOS --out FOLDER --model ${quoted(model)}`,
    ].join('\n'),

  train: ({ model, psnr, psnrBefore, better = true, steps, seconds }) =>
    `Trained for ${steps} steps in ${duration(seconds)}: ${db(psnr)} on held-out photos` +
    (psnrBefore === undefined ? '' : `, ${db(psnrBefore)} before`) +
    (better ? `. Written to ${model}` : '. That is no better: the model stays as it was.'),

  upscale: ({ files }) => {
    const of = (status: string) => files.filter((file) => file.status === status);
    const why = ({ input, reason }: (typeof files)[number]) => `  ${input}: ${reason ?? 'no reason known'}`;
    const [done, skipped, failed] = [of('done'), of('skipped'), of('failed')];
    return [
      `${photos(done.length)} upscaled.`,
      ...done.flatMap(({ input, notes = [] }) => notes.map((note) => `  ${input}: ${note}`)),
      ...(skipped.length > 0 ? [`${photos(skipped.length)} left alone:`, ...skipped.map(why)] : []),
      ...(failed.length > 0 ? [`${photos(failed.length)} failed:`, ...failed.map(why)] : []),
    ].join('\n');
  },

  evaluate: ({ models }) =>
    table(
      [
        ...['model', 'parameters', 'ms/MP', 'times the reference', 'pictures', 'PSNR dB', 'SSIM'],
        ...['on the front', 'dB above the best that is no slower'],
      ],
      models.flatMap(({ model, params, msPerMP, ratio, onFront, sets }) =>
        sets.map(({ hr, psnr, ssim, gap }) => [
          ...[
            model,
            params?.toLocaleString('en') ?? '-',
            msPerMP?.toFixed(1) ?? '-',
            ratio?.toFixed(2) ?? '-',
          ],
          ...[hr, psnr.toFixed(2), ssim.toFixed(4), onFront ? 'yes' : ''],
          gap ? `${signed(gap.db)} (${gap.to})` : '',
        ]),
      ),
    ),

  bench: ({ results }) =>
    table(
      ['measured', 'value', 'unit', 'ratio', 'of'],
      results.map(({ name, value, unit, ratio, of }) => [
        name,
        value.toPrecision(4),
        unit,
        ratio === undefined ? '-' : ratio.toFixed(2),
        of ?? '-',
      ]),
    ),

  profile: ({ entries, path, model, msPerMP, ratio }) =>
    model !== undefined && msPerMP !== undefined && ratio !== undefined
      ? `${model} takes ${msPerMP.toFixed(1)} ms per megapixel here, ${ratio.toFixed(2)} times the reference network.`
      : `${entries} operations measured; the table is ${path}`,

  devices: ({ devices }) =>
    table(
      ['id', 'device', 'provider', 'GFLOP/s', 'usable'],
      devices.map(({ id, name, provider, gflops, ok, reason }) => [
        id,
        name,
        provider,
        gflops === null ? '-' : gflops.toFixed(0),
        ok ? 'yes' : `no: ${reason ?? 'the self-test failed'}`,
      ]),
    ),

  models: ({ action, models, model, unreadable = [], notes = [] }) => {
    if (model && action === 'show') return describeModel(model);
    if (model && action === 'import') return describeImport(model, notes);
    if (model && action === 'export') return `Exported ${model.card.name}: ${model.path}`;
    if (model && action === 'remove') return `Removed ${model.card.name}: ${model.path}`;
    const damaged = unreadable.map(({ path, reason }) => `Not readable: ${path}: ${reason}`);
    if (!models || models.length === 0) {
      const none = 'The library is empty. Search a model with: pixel-tailor search --photos FOLDER';
      return [none, ...damaged].join('\n');
    }
    const rows = models.map(({ card }) => [
      card.name,
      card.kind,
      `x${card.scale}`,
      `${card.ratio.toFixed(2)} times the reference`,
      db(card.psnr.model),
      card.created.slice(0, 10),
    ]);
    const list = table(['model', 'kind', 'scale', 'speed', 'held-out', 'made'], rows);
    return [list, ...damaged, ...predictions(models)].join('\n');
  },

  demo: ({ report, upscaled, psnr, rival }) =>
    [
      `The report is ready, open it in a browser: ${report}`,
      ...(psnr ? besideStock(psnr, rival) : []),
      ...(typeof upscaled === 'string' ? [`The upscaled photos are in: ${upscaled}`] : []),
      'Upscale your own with: pixel-tailor upscale PHOTOS --out FOLDER --model demo',
    ].join('\n'),
};

/** What is to be said of a model that is further from its budget than is promised; `off` is 0.2 where it is 20 % above. */
const missed = (off: number): string[] =>
  Math.abs(off) > budgetTolerance
    ? [
        `That misses the budget by ${Math.round(Math.abs(off) * 100)} %: it is ${off > 0 ? 'slower' : 'faster'}.`,
      ]
    : [];

/** How far latency table and curve of the device are from what was measured; stock models are on the curve anyway. */
function predictions(models: readonly ListedModel[]): string[] {
  const rows = models.flatMap(({ card: { kind, name, psnr }, here, predicted }) =>
    here && predicted
      ? [{ kind, name, predicted, measured: here.ratio, gain: psnr.model - psnr.bicubic }]
      : [],
  );
  if (rows.length === 0) return [];
  const mean = (of: typeof rows, off: (row: (typeof rows)[number]) => number): number =>
    of.reduce((sum, row) => sum + Math.abs(off(row)), 0) / of.length;
  const slow = mean(rows, ({ measured, predicted }) => predicted.ratio / measured - 1);
  const tailored = rows.filter(({ kind }) => kind !== 'stock');
  const wrong = mean(tailored, ({ gain, predicted }) => predicted.gain - gain);
  return [
    '',
    'What this device is predicted to do, and what was measured:',
    table(
      ['model', 'times the reference', 'measured', 'above bicubic', 'measured'],
      rows.map(({ name, predicted, measured, gain }) => [
        name,
        ...[predicted.ratio.toFixed(2), measured.toFixed(2), db(predicted.gain), db(gain)],
      ]),
    ),
    `On average times are off by ${Math.round(100 * slow)} %` +
      (tailored.length > 0 ? `, gains of tailored models by ${db(wrong)}.` : '.'),
  ];
}

/** Whether it was worth tailoring: what beats the stock model of its speed, and what does not, is said as plainly. */
function besideStock({ model, stock }: ModelCard['psnr'], rival: ModelCard['rival']): string[] {
  if (stock === null) return [];
  if (rival?.isKept)
    return [
      `This is ${rival.name} as it came with the program: what was learned here is not better on the photos held out. ` +
        'More minutes or more photos may change that.',
    ];
  const speed = rival ? ` (${rival.name}, ${rival.ratio.toFixed(2)} times the reference)` : '';
  const gain = gainOverStock({ model, stock });
  const gap = `${db(Math.abs(gain))} ${gain >= 0 ? 'less' : 'more'}`;
  return [
    `The stock model of its speed${speed} reaches ${db(stock)} there, ${gap}: ` +
      (gain >= worthwhileGain
        ? 'the tailored model beats it.'
        : `keep the stock model, since a tailored one should be at least ${worthwhileGain} dB better.`),
  ];
}

/** So many photos that were left out are named. */
const mostNamed = 8;

function learned({ train, heldOut, reduced, leftOut }: NonNullable<ResultOf<'search'>['photos']>): string[] {
  const soft = reduced > 0 ? ` ${photos(reduced)} reduced first, being soft at full size.` : '';
  const more = leftOut.length - mostNamed;
  return [
    `It learned from ${photos(train)}; ${photos(heldOut)} held out to check it.${soft}`,
    ...(leftOut.length > 0 ? [`${photos(leftOut.length)} left out:`] : []),
    ...leftOut.slice(0, mostNamed).map(({ reason }) => `  ${reason}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function describeImport({ path, card }: StoredModel, notes: readonly string[]): string {
  const gain = card.psnr.model - card.psnr.bicubic;
  return [
    `Imported ${card.name}: ${path}`,
    `It enlarges ${card.scale} times, takes ${card.ratio.toFixed(2)} times the reference network's time and comes ` +
      `${Math.abs(gain).toFixed(2)} dB ${gain >= 0 ? 'closer to' : 'less close to'} the originals of test photos than bicubic.`,
    ...notes,
    `Use it with: pixel-tailor upscale PHOTOS --out FOLDER --model ${quoted(card.name)}`,
  ].join('\n');
}

function describeModel({ path, card }: StoredModel): string {
  const head = `${card.name} (${card.kind}, x${card.scale}): ${path}`;
  const size = `${card.params.toLocaleString('en')} parameters, ${card.msPerMP.toFixed(1)} ms per megapixel on ${card.device.name}`;
  const speed = `${card.ratio.toFixed(2)} times the reference network`;
  const { model, bicubic, stock } = card.psnr;
  const rival = card.rival?.name ?? 'the stock model of its speed';
  const beside = stock === null ? '' : `, ${card.rival?.isKept ? `being ${rival}` : `${rival} ${db(stock)}`}`;
  const quality = `${db(model)}, bicubic ${db(bicubic)}${beside}`;
  if (card.kind === 'imported') return [head, `${size}, ${speed}.`, `Test photos: ${quality}.`].join('\n');
  return [
    head,
    `${size}, ${speed} (budget ${card.budget.text}).`,
    `Held-out photos: ${quality}; ${card.rival?.isKept ? 'not better was what came of' : 'trained on'} ` +
      `${card.photos.train} photos, ${card.steps} steps, ${duration(card.seconds)}, seed ${card.seed}.`,
    `Architecture: ${card.genotype}`,
  ].join('\n');
}

const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(2)}`;
const db = (value: number): string => `${value.toFixed(2)} dB`;
const photos = (count: number): string => `${count} ${count === 1 ? 'photo' : 'photos'}`;
const quoted = (path: string): string => (/[^\w./\\:-]/.test(path) ? `"${path}"` : path);

/** Columns padded to their widest cell. */
function table(heads: string[], rows: string[][]): string {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return [heads, ...rows].map((cells) => line(cells).trimEnd()).join('\n');
}
