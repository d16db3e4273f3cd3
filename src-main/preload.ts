import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { dropChannel, lineMessage, pageOrigin, type Desktop } from './shared/desktop';
import type { Source } from './shared/things';

// Passes the port to the host on to the page and turns dropped files into tokens, nothing else.

ipcRenderer.once(lineMessage, ({ ports }) => {
  window.postMessage(lineMessage, pageOrigin, [...ports]);
});

const desktop: Desktop = {
  // Only a file that the system handed over has a path, so the page cannot make one up.
  tokensOf: (files) => {
    const paths = files.map((file) => webUtils.getPathForFile(file)).filter((path) => path !== '');
    return ipcRenderer.invoke(dropChannel, paths) as Promise<Source[]>;
  },
};
contextBridge.exposeInMainWorld('pixelTailor', desktop);
