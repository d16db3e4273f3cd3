import { Command, Option } from 'commander';
import { budgetForms } from '../shared/budget';
import { modelsActions, type JobName } from '../shared/config';

/** Options as typed, to be checked by the job's own schema. */
export type Typed = Record<string, unknown>;
/** What a command line asks for. */
export type Start = (job: JobName, config: Typed) => Promise<void>;

/**
 * The commands of the contract. Values stay text here; `parseConfig` checks them and knows the defaults. `serve` is no
 * job: it ends when it is told to.
 */
export function buildProgram(
  version: string,
  start: Start,
  serve: (options: Typed) => Promise<void>,
): Command {
  const program = new Command('pixel-tailor')
    .description('A photo upscaler that cuts a model to your machine.')
    .version(version)
    .option('--json', 'one JSON object per line instead of sentences')
    .configureHelp({ showGlobalOptions: true })
    // Errors are told by whoever catches them, as JSON or as a sentence.
    .configureOutput({ outputError: () => undefined })
    .exitOverride();

  const device = () =>
    new Option('--device <id>', 'the device to use, as `devices` lists it (default: auto, the fastest)');
  const seed = () => new Option('--seed <number>', 'the seed of every random choice (default: 1)');
  const run = (job: JobName) => (options: Typed) => start(job, options);

  program
    .command('search')
    .description(
      'search, train and cut a model for a time budget; the same command with the same --name resumes',
    )
    .option('--photos <folder...>', 'folders of photos to learn from (needed)')
    .option('--scale <factor>', 'upscaling factor: 2, 3 or 4 (default: 2)')
    .option('--budget <time>', `${budgetForms} (default: fast)`)
    .option('--photo-mp <megapixels>', 'size of the photo meant by s/photo (default: 12)')
    .addOption(
      new Option('--minutes <minutes>', 'how long to search and train (default: 10)').conflicts('steps'),
    )
    .option('--steps <number>', 'a fixed number of steps instead, for exact repetition')
    .addOption(device())
    .option('--name <name>', 'name of the model')
    .option('--restart', 'begin anew instead of resuming')
    .addOption(
      new Option('--finish', 'end the search of that --name now with the best network so far').conflicts(
        'restart',
      ),
    )
    .option('--from-scratch', 'do not start from the weights that ship with the app')
    .addOption(new Option('--space <name>', 'search space: default or paper-x4 (default: default)'))
    .addOption(seed())
    .action(run('search'));

  program
    .command('train')
    .description('train a found model, or the starter that searches begin with, further')
    .option('--model <model>', 'name of a model, or starter (needed)')
    .option('--photos <folder...>', 'folders of photos to learn from (needed)')
    .option('--scale <factor>', 'upscaling factor of the starter: 2, 3 or 4 (default: 2)')
    .option('--minutes <minutes>', 'how long to train (default: 60)')
    .option('--teacher <model>', 'a better model: what it makes of the photos is learned too')
    .option('--out <file>', 'where the result goes (default: where it came from)')
    .option('--restart', 'begin these minutes anew instead of resuming them')
    .addOption(device())
    .addOption(seed())
    .action(run('train'));

  program
    .command('upscale')
    .description('upscale photos and folders; folders are mirrored below --out')
    .argument('<input...>', 'photos and folders')
    .option('--out <folder>', 'where the results go (needed)')
    .option(
      '--model <model>',
      'name or file of a model (default: the newest tailored one, else stock balanced)',
    )
    .addOption(
      new Option(
        '--scale <factor>',
        'how many times as wide: 1.5 to 16 (default: what the model does)',
      ).conflicts('width'),
    )
    .option('--width <pixels>', 'width of the results instead')
    .option('--format <format>', "jpeg, png, webp, avif or tiff (default: the input's)")
    .option('--quality <percent>', 'quality of JPEG, WebP and AVIF, 1 to 100 (default: 95)')
    .option('--chroma <sampling>', 'colours of JPEG and AVIF: 4:4:4 or 4:2:0 (default: 4:4:4)')
    .option('--depth <bits>', "8 or 16 bits a channel, 16 in PNG and TIFF (default: the input's)")
    .option(
      '--naming <pattern>',
      'names of the results, where {name}, {scale} and {model} are filled in (default: {name})',
    )
    .option('--overwrite', 'replace results that exist already')
    .option(
      '--memory <gigabytes>',
      'refuse photos that would need more (default: six tenths of what there is)',
    )
    .addOption(device())
    .action((inputs: string[], options: Typed) => start('upscale', { ...options, inputs }));

  program
    .command('evaluate')
    .description('PSNR and SSIM of models on folders of full-size pictures; bicubic is a model too')
    .option('--model <model...>', 'names or files of models, or bicubic (needed)')
    .option('--hr <folder...>', 'folders of pictures (needed)')
    .option('--scale <factor>', 'upscaling factor: 2, 3 or 4 (default: 2)')
    .option('--plot <file>', 'write a picture of quality over speed, as .svg')
    .addOption(device())
    .action(({ model, ...options }: Typed) => start('evaluate', { ...options, models: model }));

  program
    .command('models')
    .description('the model library')
    .argument('[action]', modelsActions.join(', '), 'list')
    .argument('[model]', 'name or file of a model')
    .argument('[out]', 'file or folder that export writes')
    .action((action: string, model?: string, out?: string) => start('models', { action, model, out }));

  program
    .command('devices')
    .description('the processors that can really be used, each after a self-test')
    .action(run('devices'));

  program
    .command('profile')
    .description('measure how long every operation, or one model, takes on a device')
    .option('--model <model>', 'name or file of a model to measure instead of the operations')
    .addOption(device())
    .action(run('profile'));

  program
    .command('bench')
    .description('speed of training, inference and the whole pipeline')
    .addOption(device())
    .action(run('bench'));

  program
    .command('demo')
    .description('the whole way on bundled photos: search a model, upscale samples, write a report')
    .option('--out <folder>', 'where the report goes (default: reports/demo)')
    .option('--minutes <minutes>', 'how long to search and train (default: 4)')
    .addOption(device())
    .addOption(seed())
    .action(run('demo'));

  program
    .command('serve')
    .description('the app in a browser, on this machine only')
    .option('--port <number>', 'the port to listen on; 0 for any that is free (default: 0)')
    .option('--root <folder>', 'photos are browsed below this folder (default: the home folder)')
    .action(serve);

  for (const command of program.commands) {
    // Accepted behind the command as well, where people type it; `optsWithGlobals` finds it in both places.
    command.addOption(new Option('--json').hideHelp());
  }
  return program;
}
