import { app, dialog, shell, type BrowserWindow, type OpenDialogOptions } from 'electron';
import type { Dialogs } from '../app/host';
import { photoExtensions } from '../shared/photoNames';
import type { Words } from './words';

type What = Parameters<Dialogs['pick']>[0];

/** The system's dialogs. Folders that are chosen become recent ones. */
export function nativeDialogs(window: BrowserWindow, words: () => Words): Dialogs {
  return {
    pick: async (what) => {
      const { canceled, filePaths } = await dialog.showOpenDialog(window, optionsOf(what, words()));
      if (canceled) return [];
      if (what === 'folders' || what === 'out') for (const path of filePaths) app.addRecentDocument(path);
      return filePaths;
    },
    showInFolder: (path) => {
      shell.showItemInFolder(path);
    },
  };
}

function optionsOf(what: What, { dialogs: titles }: Words): OpenDialogOptions {
  const title = titles[what];
  switch (what) {
    case 'photos': {
      const photos = { name: titles.kinds.photos, extensions: [...photoExtensions] };
      const all = { name: titles.kinds.all, extensions: ['*'] };
      return { title, properties: ['openFile', 'multiSelections'], filters: [photos, all] };
    }
    case 'folders':
      return { title, properties: ['openDirectory', 'multiSelections'] };
    case 'out':
      return { title, properties: ['openDirectory', 'createDirectory'] };
    case 'model':
      return {
        title,
        properties: ['openFile'],
        filters: [{ name: titles.kinds.model, extensions: ['onnx'] }],
      };
  }
}
