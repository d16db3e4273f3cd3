import { EventEmitter } from 'node:events';

/** A utility process that answers every job with one progress event and its name, and keeps what else it is sent. */
export class FakeUtility extends EventEmitter {
  readonly stderr = new EventEmitter();
  readonly sent: unknown[] = [];
  killed = false;

  constructor(readonly script: string) {
    super();
    world.utilities.push(this);
  }

  postMessage(message: { type?: string; job?: string }): void {
    this.sent.push(message);
    if (message.type !== 'run') return;
    queueMicrotask(() => {
      this.emit('message', { event: 'progress', phase: 'working', fraction: 0.5 });
      this.emit('message', { event: 'done', job: message.job });
    });
  }

  kill(): boolean {
    this.killed = true;
    this.emit('exit', 0);
    return true;
  }
}

export class FakePort extends EventEmitter {
  readonly sent: string[] = [];
  started = false;
  start = (): void => {
    this.started = true;
  };
  postMessage(text: string): void {
    this.sent.push(text);
    this.emit('sent', text);
  }
}

export class FakePage extends EventEmitter {
  readonly posted: unknown[][] = [];
  readonly mainFrame = { origin: 'app://pixel-tailor' };
  reloads = 0;
  openHandler: (() => unknown) | undefined;
  setWindowOpenHandler(handler: () => unknown): void {
    this.openHandler = handler;
  }
  postMessage(...message: unknown[]): void {
    this.posted.push(message);
  }
  reload(): void {
    this.reloads += 1;
  }
}

export interface FakeBounds {
  x?: number;
  y?: number;
  width: number;
  height: number;
}

export class FakeWindow extends EventEmitter {
  readonly webContents = new FakePage();
  readonly did: string[] = [];
  loaded: string | undefined;
  focused = true;
  minimized = false;
  maximized = false;
  progress: number | undefined;

  constructor(
    readonly options: FakeBounds & { show?: boolean; webPreferences: Record<string, unknown> } = {
      ...{ width: 900, height: 700 },
      webPreferences: {},
    },
  ) {
    super();
    world.windows.push(this);
    world.app.emit('web-contents-created', {}, this.webContents);
  }
  loadURL(url: string): Promise<void> {
    this.loaded = url;
    this.webContents.emit('did-finish-load');
    return Promise.resolve();
  }
  isDestroyed = (): boolean => false;
  isFocused = (): boolean => this.focused;
  isMinimized = (): boolean => this.minimized;
  isMaximized = (): boolean => this.maximized;
  getNormalBounds = (): FakeBounds => ({ x: 30, y: 40, width: 1000, height: 700 });
  setProgressBar(fraction: number): void {
    this.progress = fraction;
  }
  setBackgroundColor(): void {
    this.did.push('background');
  }
  flashFrame(on: boolean): void {
    this.did.push(on ? 'flash' : 'no flash');
  }
  show(): void {
    this.did.push('show');
  }
  focus(): void {
    this.did.push('focus');
  }
  restore(): void {
    this.did.push('restore');
  }
  maximize(): void {
    this.did.push('maximize');
  }
}

export class FakeNotification extends EventEmitter {
  static isSupported = (): boolean => true;
  constructor(readonly options: { title: string; body: string }) {
    super();
  }
  show(): void {
    world.notifications.push(this);
  }
}

export interface FakeMenuItem {
  label?: string;
  role?: string;
  accelerator?: string;
  click?: () => void;
  submenu?: FakeMenuItem[];
}

type Handler = (event: { senderFrame: unknown }, payload: unknown) => unknown;
type PermissionHandler = (contents: unknown, permission: string, answer: (ok: boolean) => void) => void;
type RequestHandler = (details: unknown, answer: (response: { cancel: boolean }) => void) => void;

/** Everything that happened to the fake, for tests to look at, and what it is to say. */
export const world = {
  windows: [] as FakeWindow[],
  utilities: [] as FakeUtility[],
  ports: [] as FakePort[],
  notifications: [] as FakeNotification[],
  handlers: new Map<string, Handler>(),
  /** The scheme's privileges and its handler. */
  schemes: [] as { scheme: string; privileges: Record<string, boolean> }[],
  serve: undefined as undefined | ((request: Request) => Promise<Response>),
  menu: undefined as undefined | FakeMenuItem[],
  blockers: new Set<number>(),
  badge: 0,
  recent: [] as string[],
  shown: [] as string[],
  quits: 0,
  exits: [] as number[],
  errors: [] as string[],
  lockData: undefined as unknown,
  hasLock: true,
  displays: [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }],
  dialogOptions: undefined as unknown,
  dialogAnswer: { canceled: false, filePaths: [] as string[] },
  permissionRequest: undefined as undefined | PermissionHandler,
  permissionCheck: undefined as undefined | ((contents: unknown, permission: string) => boolean),
  devicePermission: undefined as undefined | (() => boolean),
  blockedUrls: [] as string[],
  beforeRequest: undefined as undefined | RequestHandler,
  spellChecker: true,
  app: Object.assign(new EventEmitter(), {
    name: 'Pixel Tailor',
    isPackaged: true,
    dock: undefined as undefined | { bounce: (how: string) => void },
    whenReady: () => Promise.resolve(),
    getLocale: () => 'en-GB',
    getPath: (name: string) => `/user/${name}`,
    setName: () => undefined,
    setAppUserModelId: () => undefined,
    setPath: () => undefined,
    requestSingleInstanceLock: (data: unknown) => {
      world.lockData = data;
      return world.hasLock;
    },
    addRecentDocument: (path: string) => {
      world.recent.push(path);
    },
    setBadgeCount: (count: number) => {
      world.badge = count;
    },
    quit: () => {
      world.quits += 1;
    },
    exit: (code = 0) => {
      world.exits.push(code);
    },
  }),
  nativeTheme: Object.assign(new EventEmitter(), { shouldUseDarkColors: false, themeSource: 'system' }),
  renderer: Object.assign(new EventEmitter(), {
    invoked: [] as unknown[][],
    invoke: (...message: unknown[]) => {
      world.renderer.invoked.push(message);
      return Promise.resolve(['a source']);
    },
  }),
  exposed: new Map<string, Record<string, unknown>>(),
};

/** What `import ... from 'electron'` gives in tests of the shell. */
export const electron = {
  app: world.app,
  nativeTheme: world.nativeTheme,
  BrowserWindow: FakeWindow,
  Notification: FakeNotification,
  screen: { getAllDisplays: () => world.displays },
  dialog: {
    showOpenDialog: (_window: unknown, options: unknown) => {
      world.dialogOptions = options;
      return Promise.resolve(world.dialogAnswer);
    },
    showErrorBox: (_title: string, message: string) => {
      world.errors.push(message);
    },
  },
  shell: {
    showItemInFolder: (path: string) => {
      world.shown.push(path);
    },
  },
  ipcMain: {
    handle: (channel: string, handler: Handler) => {
      world.handlers.set(channel, handler);
    },
  },
  Menu: {
    buildFromTemplate: (template: FakeMenuItem[]) => template,
    setApplicationMenu: (menu: FakeMenuItem[]) => {
      world.menu = menu;
    },
  },
  MessageChannelMain: class {
    readonly port1 = new FakePort();
    readonly port2 = new FakePort();
    constructor() {
      world.ports.push(this.port1);
    }
  },
  powerSaveBlocker: {
    start: () => {
      const id = world.blockers.size + 1;
      world.blockers.add(id);
      return id;
    },
    stop: (id: number) => {
      world.blockers.delete(id);
    },
  },
  protocol: {
    registerSchemesAsPrivileged: (schemes: typeof world.schemes) => {
      world.schemes = schemes;
    },
    handle: (_scheme: string, handler: typeof world.serve) => {
      world.serve = handler;
    },
  },
  session: {
    defaultSession: {
      setPermissionRequestHandler: (handler: PermissionHandler) => {
        world.permissionRequest = handler;
      },
      setPermissionCheckHandler: (handler: () => boolean) => {
        world.permissionCheck = handler;
      },
      setDevicePermissionHandler: (handler: () => boolean) => {
        world.devicePermission = handler;
      },
      setSpellCheckerEnabled: (on: boolean) => {
        world.spellChecker = on;
      },
      webRequest: {
        onBeforeRequest: ({ urls }: { urls: string[] }, handler: RequestHandler) => {
          world.blockedUrls = urls;
          world.beforeRequest = handler;
        },
      },
    },
  },
  utilityProcess: { fork: (script: string) => new FakeUtility(script) },
  contextBridge: {
    exposeInMainWorld: (name: string, api: Record<string, unknown>) => {
      world.exposed.set(name, api);
    },
  },
  webUtils: { getPathForFile: ({ path }: { path: string }) => path },
  ipcRenderer: world.renderer,
};
