import { isModelName } from '../../../src-main/shared/config';
import type { Gives, TailorRequest } from '../../../src-main/shared/api';
import type { Scale } from '../../../src-main/shared/modelCard';
import type { Source, SpeedCurve } from '../../../src-main/shared/things';
import { pickSources } from '../../components/pickSources';
import { app } from '../../state/app.svelte';
import { failureText } from '../../state/failures';
import { t } from '../../state/words.svelte';
import { budgetText, ratioOf, stops } from './speeds';

/** A search needs so many photos at least (DESIGN), and free bytes for checkpoints and prepared photos. */
export const fewestPhotos = 4;
export const leastBytes = 1e9;
export const minuteStops = [5, 10, 30, 60, 120] as const;
/** With fewer photos a search works, but learns little that is general. */
const fewPhotos = 12;

type Preflight = Gives<'preflight'>;

/** What the next search is to be: choices and what the engine says to them. It lives as long as the page. */
export class TailorSetup {
  /** The search that is looked at, by its id; '' for the newest, 'new' for the one that is being set up. */
  shown = $state('');
  /** Folders of photos; none stand for the bundled ones. */
  sources = $state.raw<readonly Source[]>([]);
  bundled = $state(false);
  scale = $state<Scale>(2);
  ratio = $state(ratioOf('fast', 2));
  minutes = $state(10);
  /** '' until the user types one. */
  typedName = $state('');
  /** Null where this device has not been measured; undefined while it is asked for. */
  curve = $state.raw<SpeedCurve | null>();
  preflight = $state.raw<Preflight>();
  /** Why the photos cannot be looked at. */
  photoFailure = $state('');

  readonly budget = $derived(budgetText(this.ratio, this.scale));
  readonly hasPhotos = $derived(this.bundled || this.sources.length > 0);
  readonly name = $derived(this.typedName.trim() || this.freeName());

  /** Why the search cannot start yet; '' where it can. */
  readonly problem = $derived.by(() => {
    if (!this.hasPhotos) return t('tailor.noPhotos');
    if (this.photoFailure !== '') return this.photoFailure;
    const { photos, freeBytes } = this.preflight ?? { photos: fewestPhotos, freeBytes: leastBytes };
    if (photos < fewestPhotos) return t('tailor.tooFewPhotos', { count: photos, least: fewestPhotos });
    if (freeBytes < leastBytes) return t('tailor.diskFull');
    if (!(this.minutes > 0)) return t('tailor.noMinutes');
    if (!isModelName(this.name)) return t('tailor.badName');
    if (this.taken(this.name)) return t('tailor.nameTaken', { name: this.name });
    return '';
  });

  /** What is allowed, but should be known. */
  readonly caution = $derived.by(() => {
    const { photos = fewPhotos } = this.preflight ?? {};
    if (this.problem !== '') return '';
    if (!this.bundled && photos < fewPhotos) return t('tailor.fewPhotos', { count: photos });
    return this.minutes < 3 ? t('tailor.fewMinutes') : '';
  });

  setScale(scale: Scale): void {
    const stop = stops.find((name) => name === this.budget);
    this.scale = scale;
    this.curve = undefined;
    this.ratio = ratioOf(stop ?? 'balanced', scale);
  }

  async addFolders(): Promise<void> {
    const picked = await pickSources('folders');
    const known = new Set(this.sources.map(({ token }) => token));
    this.sources = [...this.sources, ...picked.filter(({ token }) => !known.has(token))];
    if (picked.length > 0) this.bundled = false;
  }

  remove(token: string): void {
    this.sources = this.sources.filter((source) => source.token !== token);
  }

  takeBundled(): void {
    this.sources = [];
    this.bundled = true;
  }

  /** Asks what the chosen photos are; the answer to an older question is not taken. */
  async lookAtPhotos(): Promise<void> {
    const { sources, bundled } = this;
    this.preflight = undefined;
    this.photoFailure = '';
    if (!bundled && sources.length === 0) return;
    const isNew = (): boolean => sources === this.sources && bundled === this.bundled;
    try {
      const preflight = await app.api.preflight({ photos: sources.map(({ token }) => token) });
      if (isNew()) this.preflight = preflight;
    } catch (error) {
      if (isNew()) this.photoFailure = failureText(error);
    }
  }

  async lookAtSpeeds(): Promise<void> {
    const { scale } = this;
    const curve = await app.api.speedCurve({ scale });
    if (scale !== this.scale) return;
    this.curve = curve;
    if (curve) this.ratio = Math.min(curve.to, Math.max(curve.from, this.ratio));
  }

  /** Starts the search and returns its id. */
  async start(): Promise<string> {
    const request: TailorRequest = {
      photos: this.sources.map(({ token }) => token),
      scale: this.scale,
      budget: this.budget,
      minutes: this.minutes,
      name: this.name,
    };
    const { id } = await app.api.tailor(request);
    this.typedName = '';
    return id;
  }

  private taken(name: string): boolean {
    const same = (other: string): boolean => other.toLowerCase() === name.toLowerCase();
    return (
      app.models.some(({ card }) => same(card.name)) ||
      app.searches.some(same) ||
      [...app.jobs.values()].some(({ tailor }) => tailor !== undefined && same(tailor.model))
    );
  }

  /** A name that says what the model is for, and that no model has yet. */
  private freeName(): string {
    const photos = this.sources[0]?.name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '').slice(0, 40);
    const base = `${photos ?? t('tailor.bundledName')} x${this.scale} ${this.budget}`.trim();
    for (let i = 1; ; i++) {
      const name = i === 1 ? base : `${base} ${i}`;
      if (!this.taken(name)) return name;
    }
  }
}

export const setup = new TailorSetup();
