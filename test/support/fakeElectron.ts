import { EventEmitter } from 'node:events';

/** A utility process that answers every job with one progress event and its name. */
export class FakeUtility extends EventEmitter {
  readonly stderr = new EventEmitter();
  killed = false;

  postMessage(message: { type: string; job?: string }): void {
    queueMicrotask(() => {
      this.emit('message', { event: 'progress', phase: 'working', fraction: 0.5 });
      this.emit('message', { event: 'done', job: message.job });
    });
  }

  kill(): void {
    this.killed = true;
    this.emit('exit', 0);
  }
}

export class FakePort extends EventEmitter {
  readonly sent: unknown[] = [];
  start = (): void => undefined;
  postMessage(message: unknown): void {
    this.sent.push(message);
  }
}

export class FakePage extends EventEmitter {
  readonly posted: unknown[][] = [];
  openHandler: (() => unknown) | undefined;
  setWindowOpenHandler(handler: () => unknown): void {
    this.openHandler = handler;
  }
  postMessage(...message: unknown[]): void {
    this.posted.push(message);
  }
}

export class FakeWindow extends EventEmitter {
  readonly webContents = new FakePage();
  loaded: string | undefined;
  constructor(readonly options: { webPreferences: Record<string, unknown> }) {
    super();
    world.windows.push(this);
  }
  loadFile(path: string): Promise<void> {
    this.loaded = path;
    return Promise.resolve();
  }
}

/** Everything that happened to the fake, for tests to look at. */
export const world = {
  windows: [] as FakeWindow[],
  engines: [] as { script: string; process: FakeUtility }[],
  ports: [] as FakePort[],
  quits: 0,
  permissionRequest: undefined as
    undefined | ((contents: unknown, permission: string, answer: (ok: boolean) => void) => void),
  permissionCheck: undefined as undefined | (() => boolean),
  app: Object.assign(new EventEmitter(), {
    whenReady: () => Promise.resolve(),
    quit: () => {
      world.quits += 1;
    },
  }),
  renderer: new EventEmitter(),
};

/** What `import ... from 'electron'` gives in tests of the shell. */
export const electron = {
  app: world.app,
  BrowserWindow: FakeWindow,
  MessageChannelMain: class {
    readonly port1 = new FakePort();
    readonly port2 = new FakePort();
    constructor() {
      world.ports.push(this.port1);
    }
  },
  session: {
    defaultSession: {
      setPermissionRequestHandler: (handler: typeof world.permissionRequest) => {
        world.permissionRequest = handler;
      },
      setPermissionCheckHandler: (handler: typeof world.permissionCheck) => {
        world.permissionCheck = handler;
      },
    },
  },
  utilityProcess: {
    fork: (script: string) => {
      const process = new FakeUtility();
      world.engines.push({ script, process });
      return process;
    },
  },
  ipcRenderer: world.renderer,
};
