import type { BatchRequest } from '../../../src-main/shared/api';
import type { Photo, PhotoHead, Source } from '../../../src-main/shared/things';
import { enlarged, leastFactor, mostFactor, runsFor } from '../../../src-main/shared/enlarge';
import { hasChroma, isLossy } from '../../../src-main/shared/formats';
import { isNaming } from '../../../src-main/shared/naming';
import { app } from '../../state/app.svelte';
import { t } from '../../state/words.svelte';
import type { Size } from '../../components/compare/layers';
import { batches } from './batches.svelte';
import { paceOf, preferred } from './modelChoice';
import { photos } from './photos.svelte';

export const scales = [2, 3, 4] as const;
export type Scale = (typeof scales)[number];
/** Pixels that results may be wide. */
export const mostWidth = 60_000;

/** What each photo takes beside its pixels, and the start of the engine, in seconds. */
const [secondsPerPhoto, secondsToStart] = [0.03, 0.5];
/** The program's time over the bare network's. */
const overBare = 1.1;

/** What will be done: with which model, to which size, where to. */
export class Plan {
  scale = $state<Scale>(2);
  /** By name; undefined leaves it to the app. */
  picked = $state<string>();
  /** How results are named, once that was typed. */
  typedNaming = $state<string>();
  /** How many times as wide, where the model's scale is not to decide. */
  factor = $state<number | undefined>();
  /** Or how many pixels. */
  width = $state<number | undefined>();
  /** Whether what was typed last for one of them can be. */
  sizeFits = $state(true);
  overwrite = $state(false);
  /** Undefined: where results usually go. */
  chosenOut = $state.raw<Source>();

  readonly naming = $derived(this.typedNaming ?? app.settings.naming);
  /** What is wrong with the size as typed; '' where nothing is. */
  readonly sizeProblem = $derived.by(() => {
    if (this.sizeFits) return '';
    const [least, most] = this.width === undefined ? [leastFactor, mostFactor] : [1, mostWidth];
    return t('upscale.sizeWrong', { least, most });
  });
  /** Why nothing can start; '' where it can. */
  readonly problem = $derived(isNaming(this.naming) ? this.sizeProblem : t('upscale.namingWrong'));
  readonly out = $derived(this.chosenOut ?? app.about?.out);
  /** Fastest first. */
  readonly models = $derived(
    app.models.filter(({ card }) => card.scale === this.scale).sort((a, b) => paceOf(a) - paceOf(b)),
  );
  readonly model = $derived(
    this.models.find(({ card }) => card.name === this.picked) ?? preferred(this.models),
  );

  /** Photos that no batch has got to; skipped ones too where results may be replaced by now. */
  private readonly fresh = $derived(
    photos.list.filter(({ token }) => {
      const status = batches.outcome(token)?.status;
      return status === undefined || status === 'waiting' || (status === 'skipped' && this.overwrite);
    }),
  );
  /** Nothing is left to do: the next batch would take everything once more. */
  readonly again = $derived(this.fresh.length === 0);
  /** What the next batch takes. */
  readonly open = $derived(this.again ? photos.list : this.fresh);

  /** Seconds for the photos whose sizes are known, and for the others as if they were like them. */
  readonly prediction = $derived.by(() => {
    const { model, open } = this;
    if (!model) return undefined;
    const megapixels = open.flatMap(({ token }) => this.megapixelsOf(photos.heads.get(token)));
    if (megapixels.length === 0) return undefined;
    const sum = megapixels.reduce((all, one) => all + one, 0);
    const each = (sum * paceOf(model) * overBare) / 1000 / megapixels.length + secondsPerPhoto;
    return secondsToStart + each * open.length;
  });

  /** Begins with a scale that there is a model for. */
  begin(): void {
    const has = (scale: Scale): boolean => app.models.some(({ card }) => card.scale === scale);
    if (!has(this.scale)) this.scale = scales.find(has) ?? this.scale;
  }

  /** Chooses a model, and the scale that it has. */
  pick(name: string): void {
    this.picked = name;
    this.scale = app.models.find(({ card }) => card.name === name)?.card.scale ?? this.scale;
  }

  /** The size of a photo's result. */
  sizeOut({ width, height }: Size): Size {
    return enlarged({ width, height }, this.factorOf(width));
  }

  private factorOf(width: number): number {
    return this.width === undefined ? (this.factor ?? this.scale) : this.width / width;
  }

  /** What the network makes of a photo, in all of its runs; none where it cannot be read or has not been looked at. */
  private megapixelsOf(head: PhotoHead | undefined): number[] {
    if (!head || !('width' in head)) return [];
    const runs = runsFor(this.factorOf(head.width), this.scale);
    const areas = Array.from({ length: runs }, (_, i) => this.scale ** (2 * (i + 1)));
    return [(head.width * head.height * areas.reduce((sum, area) => sum + area, 0)) / 1e6];
  }

  request(some: readonly Photo[]): BatchRequest | undefined {
    const { model, out, overwrite, factor, width, naming } = this;
    if (!model || !out) return undefined;
    const { format, quality, chroma, depth } = app.settings;
    return {
      photos: some.map(({ token }) => token),
      out: out.token,
      model: model.card.name,
      naming,
      overwrite,
      quality,
      ...(format !== 'same' && { format }),
      // What every format may have by itself is not asked for, or some would say that they cannot.
      ...(chroma !== '4:4:4' && (format === 'same' || hasChroma(format)) && { chroma }),
      ...(depth !== 'same' && (format === 'same' || !isLossy(format)) && { depth }),
      ...(factor !== undefined && { scale: factor }),
      ...(width !== undefined && { width }),
    };
  }
}

export const plan = new Plan();
