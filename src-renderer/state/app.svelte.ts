import { SvelteMap } from 'svelte/reactivity';
import type { AppApi, AppEvent, Gives } from '../../src-main/shared/api';
import { LineCut } from '../../src-main/shared/rpc';
import type { BatchFile, Job, ModelEntry, Point, Settings, Source } from '../../src-main/shared/things';
import { defaultSettings } from '../../src-main/shared/things';
import { connect } from '../engine';

export const views = ['upscale', 'tailor', 'models', 'device'] as const;
export type View = (typeof views)[number];

/** A job's long lists; replaced as a whole only when the page opens. */
export interface JobLists {
  points: Point[];
  files: BatchFile[];
}

/** What all screens share: the line to the engine, settings, jobs, models. One for the page. */
export class AppState {
  status = $state<'connecting' | 'open' | 'lost'>('connecting');
  /** Why the app cannot be opened, where it answers. */
  failure = $state.raw<unknown>();
  about = $state.raw<Gives<'hello'>>();
  settings = $state.raw<Settings>(defaultSettings);
  models = $state.raw<readonly ModelEntry[]>([]);
  /** Files of the library that are no models, and why. */
  unreadable = $state.raw<Gives<'models'>['unreadable']>([]);
  /** Names of searches that were begun. */
  searches = $state.raw<readonly string[]>([]);
  view = $state<View>(viewOf(location.hash));
  /** Newest last. */
  readonly jobs = new SvelteMap<string, Job>();
  /** What the system handed over; the upscale screen takes it. */
  handed = $state.raw<readonly Source[]>([]);
  /** A model that was picked elsewhere; the upscale screen takes it. */
  picked = $state.raw<string | undefined>();
  /** A choice in the desktop's menu that the screen in view carries out. */
  command = $state.raw<{ name: string } | undefined>();

  private calls: AppApi | undefined;
  /** What is told while the page catches up, to be taken in afterwards. */
  private held: AppEvent[] | undefined;
  private readonly lists = new Map<string, JobLists>();
  /** Counts changes of the lists, which are too long to be watched item by item. */
  private readonly versions = new SvelteMap<string, number>();

  /** The calls; only screens ask, and they are shown once the line is open. */
  get api(): AppApi {
    if (!this.calls) throw new Error('The line is not open yet');
    return this.calls;
  }

  get running(): Job | undefined {
    return [...this.jobs.values()].find(({ state }) => state === 'running' || state === 'pausing');
  }

  /** Opens the line and keeps it open: a browser's may be cut by sleep. */
  async start(): Promise<void> {
    window.addEventListener('hashchange', () => {
      this.view = viewOf(location.hash);
    });
    for (;;) {
      try {
        await this.stayOnLine();
        this.failure = undefined;
      } catch (error) {
        this.failure = error instanceof LineCut ? undefined : error;
      }
      this.status = 'lost';
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  go(view: View): void {
    location.hash = view;
    this.view = view;
  }

  /** Opens the upscale screen with that model. */
  upscaleWith(model: string): void {
    this.picked = model;
    this.go('upscale');
  }

  /** Points and files of a job; reading them in an effect follows their changes. */
  listsOf(id: string): JobLists {
    this.versions.get(id);
    return this.lists.get(id) ?? { points: [], files: [] };
  }

  /** Until the line is cut; throws what keeps the page from opening. */
  private async stayOnLine(): Promise<void> {
    this.held = [];
    const { api, closed, close } = await connect((event) => {
      if (this.held) this.held.push(event);
      else this.take(event);
    });
    try {
      this.calls = api;
      await this.catchUp(api);
      this.status = 'open';
      await closed;
    } finally {
      close();
    }
  }

  private async catchUp(api: AppApi): Promise<void> {
    const about = await api.hello({});
    const jobs = await Promise.all(about.jobs.toReversed().map(({ id }) => api.job({ id })));
    this.about = about;
    this.settings = about.settings;
    this.jobs.clear();
    this.lists.clear();
    for (const { job, points, files } of jobs) {
      this.jobs.set(job.id, job);
      this.lists.set(job.id, { points, files });
      this.touch(job.id);
    }
    const { held = [] } = this;
    this.held = undefined;
    for (const event of held) this.take(event);
    await this.loadModels();
  }

  private async loadModels(): Promise<void> {
    const { models, unreadable, searches } = await this.api.models({});
    this.models = models;
    this.unreadable = unreadable;
    this.searches = searches;
  }

  private take(event: AppEvent): void {
    switch (event.event) {
      case 'job':
        if (!this.lists.has(event.job.id)) void this.fetchLists(event.job.id);
        this.jobs.set(event.job.id, event.job);
        break;
      case 'forgotten':
        this.jobs.delete(event.id);
        this.lists.delete(event.id);
        break;
      case 'files': {
        const lists = this.lists.get(event.id);
        // What comes before the whole list was fetched is in it.
        for (const { index, file } of event.files)
          if (lists && index < lists.files.length) lists.files[index] = file;
        this.touch(event.id);
        break;
      }
      case 'point':
        this.lists.get(event.id)?.points.push(event.point);
        this.touch(event.id);
        break;
      case 'models':
        void this.loadModels();
        break;
      case 'settings':
        this.settings = event.settings;
        break;
      case 'handed':
        this.handed = [...this.handed, ...event.sources];
        this.go('upscale');
        break;
      case 'menu':
        if (event.command === 'addPhotos' || event.command === 'addFolder') {
          this.go('upscale');
          this.command = { name: event.command };
        } else this.go(event.command);
    }
  }

  private async fetchLists(id: string): Promise<void> {
    // Entered at once, so that it is asked for only once.
    this.lists.set(id, { points: [], files: [] });
    const { points, files } = await this.api.job({ id });
    this.lists.set(id, { points, files });
    this.touch(id);
  }

  private touch(id: string): void {
    this.versions.set(id, (this.versions.get(id) ?? 0) + 1);
  }
}

function viewOf(hash: string): View {
  return views.find((view) => hash === `#${view}`) ?? 'upscale';
}

export const app = new AppState();
