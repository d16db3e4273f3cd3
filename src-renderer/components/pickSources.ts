import { mount, unmount } from 'svelte';
import type { Source } from '../../src-main/shared/things';
import { app } from '../state/app.svelte';
import BrowseDialog from './BrowseDialog.svelte';

/** What is to be picked: photos and folders, folders only, one folder to write to, or one model file. */
export type Picked = 'photos' | 'folders' | 'out' | 'model';

/** Lets the user pick files or folders: by a native dialog on the desktop, else by browsing. Empty where it was cancelled. */
export function pickSources(what: Picked): Promise<Source[]> {
  if (app.about?.host === 'desktop') return app.api.pick({ what });
  return new Promise((resolve) => {
    const dialog = mount(BrowseDialog, {
      target: document.body,
      props: {
        what,
        onchoose: (sources: Source[]) => {
          resolve(sources);
          void unmount(dialog);
        },
      },
    });
  });
}
