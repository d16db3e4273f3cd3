import fc from 'fast-check';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { openWindow } from '../../src-main/shell/window';
import { fitBounds, readWindowState, writeWindowState } from '../../src-main/shell/windowState';
import { world, type FakeWindow } from '../support/fakeElectron';

vi.mock('electron', async () => (await import('../support/fakeElectron')).electron);
const folder = mkdtempSync(join(tmpdir(), 'window-'));
const file = join(folder, 'desktop', 'window.json');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const open = () => openWindow({ preload: 'preload.cjs', state: file }) as unknown as FakeWindow;
const left = { x: 0, y: 0, width: 1920, height: 1040 };
const right = { x: 1920, y: 0, width: 1280, height: 984 };
const bounds = { x: 2000, y: 50, width: 1000, height: 700 };

test('the first window has the usual size and is shown when it is drawn', () => {
  const window = open();
  expect(window.options).toMatchObject({
    width: 1180,
    height: 800,
    minWidth: 880,
    minHeight: 600,
    show: false,
  });
  expect(window.options).not.toHaveProperty('x');
  window.emit('ready-to-show');
  expect(window.did).toEqual(['show']);
});

test('size, place and whether it filled the screen are kept in a file that is replaced whole', () => {
  const window = open();
  window.maximized = true;
  window.emit('close');
  expect(readdirSync(join(folder, 'desktop'))).toEqual(['window.json']);
  const next = open();
  expect(next.options).toMatchObject({ x: 30, y: 40, width: 1000, height: 700 });
  next.emit('ready-to-show');
  expect(next.did).toEqual(['maximize', 'show']);
});

test('a window whose display is gone opens in the middle of the one that is left', () => {
  writeWindowState(file, { bounds, maximized: false });
  world.displays = [{ workArea: left }, { workArea: right }];
  expect(open().options).toMatchObject(bounds);
  world.displays = [{ workArea: left }];
  const { options } = open();
  expect(options).toMatchObject({ width: 1000, height: 700 });
  expect(options).not.toHaveProperty('x');
});

test.each(['', 'null', '{"bounds":{"x":0,"y":0,"width":-5,"height":9},"maximized":false}'])(
  'a damaged file (%j) counts as none',
  (text) => {
    writeFileSync(file, text);
    expect(readWindowState(file)).toBeUndefined();
  },
);

test('the background is dark where the system is', () => {
  world.nativeTheme.shouldUseDarkColors = true;
  const window = open();
  expect(window.options).toMatchObject({ backgroundColor: '#171614' });
  world.nativeTheme.emit('updated');
  expect(window.did).toContain('background');
});

const lengths = fc.integer({ min: 1, max: 4000 });
const places = fc.integer({ min: -5000, max: 5000 });
const rectangles = fc.record({ x: places, y: places, width: lengths, height: lengths });

test('a window with a place lies within one work area, and moves no further than it must', () => {
  fc.assert(
    fc.property(rectangles, fc.array(rectangles, { minLength: 1, maxLength: 3 }), (saved, areas) => {
      const fitted = fitBounds(saved, areas);
      const { x, y, width, height } = fitted;
      const within = (one: typeof saved, area: typeof saved) =>
        one.x >= area.x &&
        one.y >= area.y &&
        one.x + one.width <= area.x + area.width &&
        one.y + one.height <= area.y + area.height;
      if (x !== undefined && y !== undefined)
        expect(areas.some((area) => within({ x, y, width, height }, area))).toBe(true);
      if (areas.length === 1 && within(saved, areas[0]!)) expect(fitted).toEqual(saved);
    }),
  );
});
