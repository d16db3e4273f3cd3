import { ipcRenderer } from 'electron';

// Passes the port to the engine on to the page, and nothing else. '*' since a page from a file has no origin to name;
// the message goes to this very window, which the main process keeps from navigating away.
ipcRenderer.once('engine', ({ ports }) => {
  window.postMessage('engine', '*', [...ports]);
});
