import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import type { AppEvent } from '../shared/api';
import type { Words } from './words';

export type MenuCommand = Extract<AppEvent, { event: 'menu' }>['command'];

/** The application's menu; choices of the app's own go to `choose`, the others do what the system's roles do. */
export function setMenu({ menu: words }: Words, choose: (command: MenuCommand) => void): void {
  const mac = process.platform === 'darwin';
  const item = (command: MenuCommand, accelerator: string): MenuItemConstructorOptions => ({
    label: words[command],
    accelerator: `CmdOrCtrl+${accelerator}`,
    click: () => {
      choose(command);
    },
  });
  const role = (name: NonNullable<MenuItemConstructorOptions['role']>, label: string) => ({
    role: name,
    label,
  });
  const line: MenuItemConstructorOptions = { type: 'separator' };
  const about = role('about', words.about);
  const quit = role('quit', words.quit);

  const appMenu: MenuItemConstructorOptions = {
    label: app.name,
    submenu: [
      about,
      line,
      role('hide', words.hide),
      role('hideOthers', words.hideOthers),
      role('unhide', words.showAll),
      line,
      quit,
    ],
  };
  const recent: MenuItemConstructorOptions = {
    ...role('recentDocuments', words.recent),
    submenu: [role('clearRecentDocuments', words.clearRecent)],
  };
  const file: MenuItemConstructorOptions = {
    label: words.file,
    submenu: [
      item('addPhotos', 'O'),
      item('addFolder', 'Shift+O'),
      ...(mac ? [recent] : []),
      line,
      mac ? role('close', words.close) : quit,
    ],
  };
  const edit: MenuItemConstructorOptions = {
    label: words.edit,
    submenu: [
      role('undo', words.undo),
      role('redo', words.redo),
      line,
      role('cut', words.cut),
      role('copy', words.copy),
      role('paste', words.paste),
      role('selectAll', words.selectAll),
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: words.view,
    submenu: [
      item('upscale', '1'),
      item('tailor', '2'),
      item('models', '3'),
      item('device', '4'),
      line,
      role('resetZoom', words.resetZoom),
      role('zoomIn', words.zoomIn),
      role('zoomOut', words.zoomOut),
      line,
      role('togglefullscreen', words.fullScreen),
      // For those who work on the app only: a reload would look like a loss to everyone else.
      ...(app.isPackaged ? [] : [line, role('reload', 'Reload'), role('toggleDevTools', 'Developer tools')]),
    ],
  };
  const help: MenuItemConstructorOptions = { ...role('help', words.help), submenu: [about] };
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(mac ? [appMenu, file, edit, view] : [file, edit, view, help]),
  );
}
