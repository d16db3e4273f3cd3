import { beforeAll, expect, test, vi } from 'vitest';
import { takeDrops } from '../../src-main/shell/handover';
import { FakeWindow, world } from '../support/fakeElectron';
import { FakeHost, sourceOf } from '../support/fakeHost';

vi.mock('electron', async () => (await import('../support/fakeElectron')).electron);
const window = new FakeWindow();
const ours = window.webContents.mainFrame;
const drop = (senderFrame: unknown, paths: unknown) => world.handlers.get('drop')!({ senderFrame }, paths);

beforeAll(() => {
  takeDrops(window as unknown as Parameters<typeof takeDrops>[0], new FakeHost());
});

test('files dropped on the page become sources', () => {
  expect(drop(ours, ['/photos/a.jpg', '/photos'])).toEqual([sourceOf('/photos/a.jpg'), sourceOf('/photos')]);
});

test.each([
  ['no frame', null],
  ['a frame within the page', { origin: 'app://pixel-tailor' }],
])('%s may not drop', (_what, frame) => {
  expect(() => drop(frame, ['/photos'])).toThrow('Only the page');
});

test('a page of another origin may not drop', () => {
  vi.spyOn(ours, 'origin', 'get').mockReturnValue('https://elsewhere');
  expect(() => drop(ours, ['/photos'])).toThrow('Only the page');
  vi.restoreAllMocks();
});

test.each([['relative.jpg'], 'text', [7], undefined, [`/${'x'.repeat(40_000)}`]])(
  '%j is refused',
  (paths) => {
    expect(() => drop(ours, paths)).toThrow();
  },
);
