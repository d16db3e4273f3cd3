import type { Source } from '../../../src-main/shared/things';
import { pickSources } from '../../components/pickSources';
import { takeDrop } from '../../drops';
import { attempt, toasts } from '../../state/toasts.svelte';
import { t } from '../../state/words.svelte';
import { photos } from './photos.svelte';

/** The ways by which photos come onto the list. */
class Intake {
  /** Files of a drop that are being copied, in a browser. */
  copying = $state<{ done: number; all: number }>();

  pick(what: 'photos' | 'folders'): void {
    attempt(async () => {
      await this.add(await pickSources(what));
    });
  }

  /** What was dropped or pasted. */
  take(transfer: DataTransfer): void {
    const sources = takeDrop(transfer, (done, all) => (this.copying = { done, all }));
    attempt(async () => {
      try {
        const taken = await sources;
        if (taken.length === 0) toasts.say(t('upscale.noneFound'));
        await this.add(taken);
      } finally {
        this.copying = undefined;
      }
    });
  }

  async add(sources: readonly Source[]): Promise<void> {
    if (sources.length === 0) return;
    const before = photos.list.length;
    const count = await photos.add(sources);
    if (count === 0) toasts.say(t(before === 0 ? 'upscale.noneFound' : 'upscale.noneNew'));
  }
}

export const intake = new Intake();
