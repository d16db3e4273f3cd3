import type { AppApi, AppEvent } from '../src-main/shared/api';
import { lineMessage, type Desktop } from '../src-main/shared/desktop';
import { connectScreen, LineCut, type Line } from '../src-main/shared/rpc';

// The only gate to the process behind the screens: a MessagePort in the desktop app, a WebSocket in a browser.

declare global {
  interface Window {
    /** What the desktop's preload script offers; not there in a browser. */
    pixelTailor?: Desktop;
  }
}

export interface Connection {
  api: AppApi;
  /** Resolves when the line is cut. */
  closed: Promise<void>;
  /** Cuts it. */
  close: () => void;
}

export const isDesktop = (): boolean => window.pixelTailor !== undefined;

/** Opens the line. Throws where nobody answers. */
export async function connect(onEvent: (event: AppEvent) => void): Promise<Connection> {
  const { closed, close, ...line } = isDesktop() ? await openPort() : await openSocket();
  return { api: connectScreen({ ...line, closed }, onEvent), closed, close };
}

type Opened = Line & Omit<Connection, 'api'>;

/** The preload script passes the port on once the page has loaded, perhaps before this code asked for it. */
const port = new Promise<MessagePort>((resolve) => {
  window.addEventListener('message', ({ data, source, ports }) => {
    if (source === window && data === lineMessage && ports[0]) resolve(ports[0]);
  });
});

async function openPort(): Promise<Opened> {
  const opened = await port;
  opened.start();
  // The port outlives a line that the page gives up.
  const cut = new AbortController();
  return {
    post: (text) => {
      opened.postMessage(text);
    },
    onText: (listener) => {
      opened.addEventListener(
        'message',
        ({ data }) => {
          listener(String(data));
        },
        cut,
      );
    },
    closed: new Promise((resolve) => {
      cut.signal.addEventListener('abort', () => {
        resolve();
      });
    }),
    close: () => {
      cut.abort();
    },
  };
}

function openSocket(): Promise<Opened> {
  const socket = new WebSocket(`ws://${location.host}/line`);
  const closed = new Promise<void>((resolve) => {
    socket.addEventListener('close', () => {
      resolve();
    });
  });
  const line: Opened = {
    post: (text) => {
      socket.send(text);
    },
    onText: (listener) => {
      socket.addEventListener('message', ({ data }) => {
        listener(String(data));
      });
    },
    closed,
    close: () => {
      socket.close();
    },
  };
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => {
      resolve(line);
    });
    socket.addEventListener('close', () => {
      reject(new LineCut());
    });
  });
}
