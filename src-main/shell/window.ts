import { app, BrowserWindow, nativeTheme, screen, type BrowserWindowConstructorOptions } from 'electron';
import { fitBounds, readWindowState, writeWindowState } from './windowState';

export interface WindowFiles {
  preload: string;
  /** Where size and place are kept. */
  state: string;
}

/** The page's background (app.css), seen until it is drawn. */
const background = (): string => (nativeTheme.shouldUseDarkColors ? '#171614' : '#f6f5f2');

const usualSize = { width: 1180, height: 800 };

/** Opens the app's window where it was last time. It is shown when its page has been drawn. */
export function openWindow({ preload, state }: WindowFiles): BrowserWindow {
  const last = readWindowState(state);
  const workAreas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const options: BrowserWindowConstructorOptions = {
    ...(last ? fitBounds(last.bounds, workAreas) : usualSize),
    minWidth: 880,
    minHeight: 600,
    title: app.name,
    backgroundColor: background(),
    show: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  };
  const window = new BrowserWindow(options);
  window.once('ready-to-show', () => {
    if (last?.maximized) window.maximize();
    window.show();
  });
  window.on('close', () => {
    writeWindowState(state, { bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  });
  nativeTheme.on('updated', () => {
    if (!window.isDestroyed()) window.setBackgroundColor(background());
  });
  return window;
}

/** Brings the window before the user. */
export function present(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
