import {
  app,
  BrowserWindow,
  MessageChannelMain,
  session,
  utilityProcess,
  type MessagePortMain,
} from 'electron';
import { join } from 'node:path';
import { z } from 'zod';
import { failureOf } from './shared/failure';
import { describeExit, superviseJob, type EngineProcess } from './supervisor';

// The desktop shell: one window and a line to the engine. It never computes.

const here = import.meta.dirname;

/** What the page may ask for so far: nothing that names a file. */
const requestSchema = z.object({ id: z.int(), job: z.enum(['devices', 'bench']) });

function startEngine(): EngineProcess {
  const child = utilityProcess.fork(join(here, 'engine.js'), [], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errorOutput = '';
  child.stderr?.on('data', (text: Buffer) => {
    errorOutput = (errorOutput + text.toString('utf8')).slice(-4000);
  });
  return {
    send: (request) => {
      child.postMessage(request);
    },
    kill: () => {
      child.kill();
    },
    onMessage: (listener) => {
      child.on('message', listener);
    },
    onExit: (listener) => {
      child.once('exit', (code) => {
        listener(describeExit(code, null, errorOutput));
      });
    },
  };
}

/** Answers the page's requests; an engine is started for each job, so none runs before it is needed. */
function serveJobs(port: MessagePortMain, signal: AbortSignal): void {
  port.on('message', ({ data }) => {
    const request = requestSchema.safeParse(data);
    if (!request.success) return;
    const { id, job } = request.data;
    const onProgress = (progress: object) => {
      port.postMessage({ id, ...progress });
    };
    superviseJob(job, {}, { start: startEngine, signal, onProgress }).then(
      (result) => {
        port.postMessage({ ...result, id, event: 'done' });
      },
      (error: unknown) => {
        port.postMessage({ id, event: 'error', ...failureOf(error) });
      },
    );
  });
  port.start();
}

async function openWindow(): Promise<void> {
  const window = new BrowserWindow({
    width: 1100,
    height: 760,
    title: 'Pixel Tailor',
    webPreferences: {
      preload: join(here, '..', 'preload', 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
    },
  });
  const closed = new AbortController();
  window.once('closed', () => {
    closed.abort();
  });
  const page = window.webContents;
  page.setWindowOpenHandler(() => ({ action: 'deny' }));
  page.on('will-navigate', (event) => {
    event.preventDefault();
  });
  page.once('did-finish-load', () => {
    const { port1, port2 } = new MessageChannelMain();
    serveJobs(port1, closed.signal);
    page.postMessage('engine', null, [port2]);
  });
  await window.loadFile(join(here, '..', 'renderer', 'index.html'));
}

app.on('window-all-closed', () => {
  app.quit();
});
app.on('web-contents-created', (_, contents) => {
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
});

await app.whenReady();
session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => {
  answer(false);
});
session.defaultSession.setPermissionCheckHandler(() => false);
await openWindow();
