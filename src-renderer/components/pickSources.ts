import type { Source } from '../../src-main/shared/things';
import { takeFiles } from '../drops';
import { app } from '../state/app.svelte';

/** Asks for photos or folders: by a native dialog on the desktop. Nothing where the user cancels. */
export async function pickSources(what: 'photos' | 'folders'): Promise<Source[]> {
  if (app.about?.host === 'desktop') return app.api.pick({ what });
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.webkitdirectory = what === 'folders';
  const files = await new Promise<File[]>((resolve) => {
    input.addEventListener('change', () => {
      resolve([...(input.files ?? [])]);
    });
    input.addEventListener('cancel', () => {
      resolve([]);
    });
    input.click();
  });
  return takeFiles(files, () => undefined);
}
