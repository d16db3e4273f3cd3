import { expect, test, vi } from 'vitest';
import { de } from '../../src-renderer/words/de';
import { en } from '../../src-renderer/words/en';
import { fr } from '../../src-renderer/words/fr';
import { languages } from '../../src-main/shared/things';
import { setMenu } from '../../src-main/shell/menu';
import { wordsIn } from '../../src-main/shell/words';
import { world, type FakeMenuItem } from '../support/fakeElectron';

vi.mock('electron', async () => (await import('../support/fakeElectron')).electron);

/** All items below the bar, once the menu has been set. */
function items(
  platform: NodeJS.Platform,
  choose: (command: string) => void = () => undefined,
): FakeMenuItem[] {
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform);
  setMenu(wordsIn('en', ''), choose);
  vi.restoreAllMocks();
  return world.menu!.flatMap(({ submenu = [] }) => submenu);
}
const roles = (platform: NodeJS.Platform) => items(platform).map(({ role }) => role);

test('each view and both ways to add photos have a shortcut', () => {
  const chosen: [string | undefined, string][] = [];
  let accelerator: string | undefined;
  for (const item of items('linux', (command) => chosen.push([accelerator, command]))) {
    ({ accelerator } = item);
    item.click?.();
  }
  expect(chosen).toEqual([
    ['CmdOrCtrl+O', 'addPhotos'],
    ['CmdOrCtrl+Shift+O', 'addFolder'],
    ['CmdOrCtrl+1', 'upscale'],
    ['CmdOrCtrl+2', 'tailor'],
    ['CmdOrCtrl+3', 'models'],
    ['CmdOrCtrl+4', 'device'],
  ]);
});

test.each(['linux', 'win32', 'darwin'] as const)(
  'on %s there are zoom, full screen, about and quit',
  (platform) => {
    const usual = ['zoomIn', 'zoomOut', 'resetZoom', 'togglefullscreen', 'about', 'quit', 'copy', 'paste'];
    expect(roles(platform)).toEqual(expect.arrayContaining(usual));
  },
);

test('recent folders have a menu where the system keeps one', () => {
  expect(roles('darwin')).toContain('recentDocuments');
  expect(roles('linux')).not.toContain('recentDocuments');
});

test('only those who work on the app may reload it and open the developer tools', () => {
  expect(roles('linux')).not.toContain('reload');
  world.app.isPackaged = false;
  expect(roles('linux')).toEqual(expect.arrayContaining(['reload', 'toggleDevTools']));
  world.app.isPackaged = true;
});

test('the language is the one that was set, else the system’s, else English', () => {
  expect(wordsIn('fr', 'de-AT').menu.quit).toBe('Quitter');
  expect(wordsIn('', 'de-AT').menu.quit).toBe('Beenden');
  expect(wordsIn('', 'pl').menu.quit).toBe('Quit');
});

test.each(languages)('no two items of the menu read alike in %s', (language) => {
  const labels = Object.values(wordsIn(language, '').menu);
  expect(new Set(labels).size).toBe(labels.length);
  expect(labels).not.toContain('');
});

test.each(Object.entries({ en, de, fr }))(
  'the menu names the screens as they name themselves in %s',
  (language, { common }) => {
    const { upscale, tailor, models, device } = common;
    expect(wordsIn(language as 'en', '').menu).toMatchObject({ upscale, tailor, models, device });
  },
);
