import { app, dialog, nativeTheme } from 'electron';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Host } from './app/host';
import { messageOf } from './base/errors';
import { homeFolder } from './model/home';
import { nativeDialogs } from './shell/dialogs';
import { startEngine } from './shell/engineProcess';
import { takeDrops, takeHandover, type Handover } from './shell/handover';
import { signJobs } from './shell/jobSigns';
import { connectPage } from './shell/line';
import { setMenu } from './shell/menu';
import { registerScheme, servePages } from './shell/protocol';
import { denyWhatNoPageNeeds } from './shell/security';
import { openWindow, present } from './shell/window';
import { wordsIn } from './shell/words';
import { pageOrigin } from './shared/desktop';
import type { Settings } from './shared/things';

// The desktop shell: one window, a line to the host behind the screens, and what the system offers. It never computes.

const here = import.meta.dirname;
const home = homeFolder();
const own = join(home, 'desktop');

async function run(handover: Handover): Promise<void> {
  await app.whenReady();
  denyWhatNoPageNeeds();
  let words = wordsIn('', app.getLocale());
  const window = openWindow({
    preload: join(here, '..', 'preload', 'preload.cjs'),
    state: join(own, 'window.json'),
  });
  const host = new Host({
    home: join(home, 'app'),
    startEngine: () => startEngine(here),
    out: join(app.getPath('pictures'), app.name),
    dialogs: nativeDialogs(window, () => words),
  });
  servePages({ folder: join(here, '..', 'renderer'), picture: (url) => host.picture(url) });
  takeDrops(window, host);
  connectPage(window.webContents, host);

  const follow = ({ language, theme }: Settings): void => {
    nativeTheme.themeSource = theme;
    words = wordsIn(language, app.getLocale());
    setMenu(words, (command) => {
      host.tell({ event: 'menu', command });
    });
  };
  follow((await host.api.hello({})).settings);
  host.onEvent((event) => {
    if (event.event === 'settings') follow(event.settings);
  });
  host.onEvent(signJobs(window, () => words));

  app.on('will-quit', (event) => {
    event.preventDefault();
    void host.close().finally(() => {
      app.exit();
    });
  });
  await window.loadURL(`${pageOrigin}/index.html`);
  handover.deliver((paths) => {
    present(window);
    if (paths.length > 0) host.hand(paths);
  });
}

app.setName('Pixel Tailor');
app.setAppUserModelId('app.pixeltailor');
mkdirSync(own, { recursive: true });
// Also what tells one start of the app from another with a home of its own.
app.setPath('userData', own);
registerScheme();
app.on('window-all-closed', () => {
  app.quit();
});
const handover = takeHandover();
if (!handover.first) app.quit();
// Not awaited: Electron is not ready before this module has been evaluated.
else
  run(handover).catch((error: unknown) => {
    dialog.showErrorBox(app.name, messageOf(error));
    app.exit(1);
  });
