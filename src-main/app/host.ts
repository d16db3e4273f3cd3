import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { version } from '../../package.json';
import { messageOf, UserError } from '../base/errors';
import { processorName } from '../latency/devices';
import { calls, type AppEvent, type CallName, type Gives, type HostApi } from '../shared/api';
import { modelEntrySchema, type Job, type JobKind, type Source } from '../shared/things';
import type { EngineProcess } from '../supervisor';
import { browse } from './browse';
import { Desk } from './desk';
import { FoundPhotos } from './foundPhotos';
import { isOver, JobBook, type Work } from './jobBook';
import { Log } from './log';
import { drawPicture, type Picture } from './pictures';
import { SettingsFile } from './settings';
import { realPathOf, Tokens } from './tokens';
import { keptBatchSchema, keptSearchSchema, Unfinished, type KeptBatch, type KeptSearch } from './unfinished';
import { batchWork, devicesWork, folderSource, importWork, measureWork, tailorWork } from './work';

/** Native dialogs, where there are some. */
export interface Dialogs {
  pick: (what: 'photos' | 'folders' | 'out' | 'model') => Promise<string[]>;
  showInFolder: (path: string) => void;
}

export interface HostOptions {
  /** Where settings and journals are kept. */
  home: string;
  startEngine: () => EngineProcess;
  /** Where results go unless another folder is chosen; made when it is first needed. */
  out: string;
  /** The desktop's; without them the app runs in a browser and files are browsed below `root`. */
  dialogs?: Dialogs;
  root?: string;
}

/** A search and an import leave a model behind, a measurement its speed. */
const changesLibrary: ReadonlySet<JobKind> = new Set(['tailor', 'import', 'measure']);

/** Everything behind the screens, the same for the desktop app and for `serve`. */
export class Host {
  readonly tokens = new Tokens();
  private readonly photos = new FoundPhotos(this.tokens);
  private readonly listeners = new Set<(event: AppEvent) => void>();
  private readonly log = new Log();
  private readonly settings: SettingsFile;
  private readonly desk: Desk;
  private readonly book: JobBook;
  private readonly batches: Unfinished<KeptBatch>;
  private readonly searches: Unfinished<KeptSearch>;

  constructor(private readonly options: HostOptions) {
    const { home, startEngine } = options;
    mkdirSync(home, { recursive: true });
    this.settings = new SettingsFile(join(home, 'settings.json'));
    this.desk = new Desk(startEngine);
    this.batches = new Unfinished(join(home, 'batches'), keptBatchSchema, ({ photos }) =>
      photos.map(({ path }) => path),
    );
    this.searches = new Unfinished(join(home, 'searches'), keptSearchSchema, ({ config }) => config.photos);
    this.book = new JobBook({
      startEngine,
      log: this.log,
      tell: (event) => {
        this.tell(event);
        if (event.event === 'job') this.follow(event.job);
        const over = event.event === 'job' && event.job.state === 'done';
        if (over && changesLibrary.has(event.job.kind)) this.tell({ event: 'models' });
      },
    });
    for (const search of this.searches.takeOver()) this.addSearch(search, 'paused');
    for (const batch of this.batches.takeOver()) {
      this.photos.remember(batch);
      this.addBatch(batch, 'paused');
    }
  }

  /** Tells of everything that happens, until the function that it returns is called. */
  onEvent(listener: (event: AppEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Answers a picture's URL, for example "/picture/TOKEN?side=96"; never throws. */
  picture(url: URL): Promise<Picture> {
    return drawPicture(url, this.tokens, this.desk);
  }

  /** Tokens for files that the user has handed over; what is gone is left out. */
  grant(paths: readonly string[]): Source[] {
    return paths.filter((path) => existsSync(path)).map((path) => this.tokens.source(path));
  }

  /** The same for files that the system hands over; the screens are told. */
  hand(paths: readonly string[]): void {
    const sources = this.grant(paths);
    if (sources.length > 0) this.tell({ event: 'handed', sources });
  }

  /** Tells all screens. */
  tell(event: AppEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** Whether a job that can be gone on with has photos in the folder. */
  needs(folder: string): boolean {
    return this.batches.needs(folder) || this.searches.needs(folder);
  }

  /** Stops all jobs and engines. */
  async close(): Promise<void> {
    this.desk.close();
    await this.book.close();
  }

  readonly api: HostApi = {
    hello: () => ({
      version,
      host: this.options.dialogs ? 'desktop' : 'browser',
      settings: this.settings.current,
      jobs: this.book.list(),
      out: folderSource(realPathOf(this.options.out), this.tokens),
      machine: {
        processor: processorName(),
        cores: availableParallelism(),
        memoryGB: totalmem() / 2 ** 30,
      },
    }),
    saveSettings: async (change) => {
      const settings = await this.settings.save(change);
      this.tell({ event: 'settings', settings });
      // Their speeds are those of the device.
      if (change.device !== undefined) this.tell({ event: 'models' });
      return settings;
    },

    pick: async ({ what }) => {
      if (!this.options.dialogs) throw new UserError('There are no file dialogs here: browse instead.');
      return this.grant(await this.options.dialogs.pick(what));
    },
    browse: async (params) => {
      const { root } = this.options;
      if (root === undefined) throw new UserError('Folders are picked by dialogs here.');
      return browse(params, root, this.tokens);
    },
    findPhotos: ({ sources }) => this.photos.find(sources),
    lookAt: ({ photos }) =>
      this.ask('lookAt', 'headers', { paths: photos.map((token) => this.tokens.path(token)) }),
    showInFolder: ({ file }) => {
      this.options.dialogs?.showInFolder(this.tokens.path(file));
      return {};
    },

    models: async () => {
      const { models, unreadable, searches } = librarySchema.parse(
        await this.desk.ask('models', { device: this.settings.current.device }),
      );
      return {
        models,
        searches,
        unreadable: unreadable.map(({ path, reason }) => ({
          name: basename(path),
          reason: reason.replaceAll(path, basename(path)),
        })),
      };
    },
    modelStory: (params) => this.ask('modelStory', 'story', params),
    renameModel: (params) => this.changeModels('rename', params),
    removeModel: (params) => this.changeModels('remove', params),
    restoreModel: (params) => this.changeModels('restore', params),
    exportModel: async ({ model, folder }) => {
      const path = await this.desk.ask('exportTo', { model, folder: this.tokens.path(folder) });
      return this.tokens.source(z.string().parse(path));
    },
    speedCurve: (params) =>
      this.ask('speedCurve', 'speedCurve', { ...params, device: this.settings.current.device }),
    preflight: ({ photos }) =>
      this.ask('preflight', 'preflight', { photos: photos.map((token) => this.tokens.path(token)) }),

    upscale: (request) => {
      const { photos, out, ...options } = request;
      return this.addBatch({
        name: randomUUID(),
        options,
        photos: photos.map((token) => this.photos.place(token)),
        out: this.tokens.path(out),
        device: this.settings.current.device,
        memory: this.settings.current.memoryGB,
      });
    },
    tailor: async ({ photos: chosen, ...options }) => {
      const photos =
        chosen.length > 0
          ? chosen.map((token) => this.tokens.path(token))
          : z.array(z.string()).parse(await this.desk.ask('samplePhotos', {}));
      const { device } = this.settings.current;
      return this.addSearch({ name: randomUUID(), config: { ...options, photos, device } });
    },
    importModel: ({ file }) => {
      const path = this.tokens.readable(file);
      return this.add(importWork(path, basename(path)));
    },
    measure: ({ model }) => this.add(measureWork(this.settings.current.device, model)),
    devices: () => this.ask('devices', 'devices', {}),
    testDevices: () => this.add(devicesWork()),

    job: ({ id }) => this.book.withLists(id),
    pause: async ({ id }) => {
      await this.book.pause(id);
      return {};
    },
    resume: async ({ id, minutes }) => {
      await this.book.resume(id, minutes === undefined ? {} : { minutes });
      return {};
    },
    finish: async ({ id }) => {
      await this.book.finish(id);
      return {};
    },
    cancel: async ({ id }) => {
      await this.book.cancel(id);
      return {};
    },
    forget: ({ id }) => {
      this.book.forget(id);
      return {};
    },

    log: () => ({ text: this.log.text() }),
  };

  private add(work: Work): { id: string } {
    return { id: this.book.add(work) };
  }

  private addBatch(batch: KeptBatch, state?: 'paused'): { id: string } {
    const work = batchWork(batch, this.batches.journalOf(batch), this.tokens);
    return { id: this.batches.keep(batch, () => this.book.add(work, state)) };
  }

  private addSearch(search: KeptSearch, state?: 'paused'): { id: string } {
    const work = tailorWork(search, this.tokens);
    return { id: this.searches.keep(search, () => this.book.add(work, state)) };
  }

  /** A job goes on even where the disk is too full to keep it. */
  private follow(job: Job): void {
    try {
      this.batches.follow(job);
      this.searches.follow(job);
    } catch (error) {
      this.log.add(messageOf(error));
    }
  }

  /** Asks the engine and checks what it says by the call's own schema. */
  private async ask<Name extends CallName>(
    name: Name,
    question: string,
    input: unknown,
  ): Promise<Gives<Name>> {
    return calls[name].gives.parse(await this.desk.ask(question, input)) as Gives<Name>;
  }

  private async changeModels(
    question: 'rename' | 'remove' | 'restore',
    params: { model: string },
  ): Promise<Record<string, never>> {
    // The search moves along with its model.
    const isBusy = (job: Job): boolean =>
      job.tailor?.model.toLowerCase() === params.model.toLowerCase() && !isOver(job);
    if (this.book.list().some(isBusy))
      throw new UserError(`${params.model} is still being tailored. Finish or cancel that first.`);
    await this.desk.ask(question, params);
    this.tell({ event: 'models' });
    return {};
  }
}

const librarySchema = z.object({
  models: z.array(modelEntrySchema),
  unreadable: z.array(z.object({ path: z.string(), reason: z.string() })),
  searches: z.array(z.string()),
});
