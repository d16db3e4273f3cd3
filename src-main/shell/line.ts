import { MessageChannelMain, type WebContents } from 'electron';
import type { Host } from '../app/host';
import type { AppEvent } from '../shared/api';
import { lineMessage } from '../shared/desktop';
import { serveScreen } from '../shared/rpc';

/** How often a page that died is loaded again before it is left dead, for it may die of what it shows. */
const mostReloads = 3;

/**
 * Gives the page its line to the host: a port, anew each time it is loaded. A page that dies is loaded again and finds
 * its jobs where they are.
 */
export function connectPage(page: WebContents, host: Pick<Host, 'api' | 'onEvent'>): void {
  let tell: ((event: AppEvent) => void) | undefined;
  host.onEvent((event) => tell?.(event));
  page.on('did-finish-load', () => {
    const { port1, port2 } = new MessageChannelMain();
    tell = serveScreen(host.api, {
      post: (text) => {
        port1.postMessage(text);
      },
      onText: (listener) => {
        port1.on('message', ({ data }) => {
          if (typeof data === 'string') listener(data);
        });
      },
    });
    port1.start();
    page.postMessage(lineMessage, null, [port2]);
  });
  let reloads = 0;
  page.on('render-process-gone', (_event, { reason }) => {
    tell = undefined;
    if (reason !== 'clean-exit' && reloads++ < mostReloads) page.reload();
  });
}
