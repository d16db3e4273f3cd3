import type { BrowserWindow } from 'electron';
import { beforeEach, expect, test, vi } from 'vitest';
import { nativeDialogs } from '../../src-main/shell/dialogs';
import { wordsIn } from '../../src-main/shell/words';
import { FakeWindow, world } from '../support/fakeElectron';

vi.mock('electron', async () => (await import('../support/fakeElectron')).electron);
const dialogs = nativeDialogs(new FakeWindow() as unknown as BrowserWindow, () => wordsIn('de', ''));

beforeEach(() => {
  world.recent.length = 0;
  world.dialogAnswer = { canceled: false, filePaths: ['/a', '/b'] };
});

test.each([
  ['photos', 'Fotos wählen', ['openFile', 'multiSelections'], []],
  ['folders', 'Ordner wählen', ['openDirectory', 'multiSelections'], ['/a', '/b']],
  ['out', 'Ausgabeordner wählen', ['openDirectory', 'createDirectory'], ['/a', '/b']],
  ['model', 'Modell wählen', ['openFile'], []],
] as const)(
  '%s: what is asked for, and which folders become recent',
  async (what, title, properties, recent) => {
    expect(await dialogs.pick(what)).toEqual(['/a', '/b']);
    expect(world.dialogOptions).toMatchObject({ title, properties });
    expect(world.recent).toEqual(recent);
  },
);

test('a dialog that is cancelled gives nothing', async () => {
  world.dialogAnswer = { canceled: true, filePaths: ['/a'] };
  expect(await dialogs.pick('folders')).toEqual([]);
  expect(world.recent).toEqual([]);
});

test('a file is shown in its folder', () => {
  dialogs.showInFolder('/out/a.png');
  expect(world.shown).toEqual(['/out/a.png']);
});
