import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Desktop } from '../src-main/shared/desktop';
import { world } from './support/fakeElectron';

vi.mock('electron', async () => (await import('./support/fakeElectron')).electron);
const postMessage = vi.fn();

beforeAll(async () => {
  vi.stubGlobal('window', { postMessage });
  await import('../src-main/preload');
});
afterEach(() => vi.clearAllMocks());

test('preload passes the port on, once, to the page of the app alone', () => {
  expect(world.renderer.eventNames()).toEqual(['engine']);
  world.renderer.emit('engine', { ports: ['the port'] });
  world.renderer.emit('engine', { ports: ['another'] });
  expect(postMessage.mock.calls).toEqual([['engine', 'app://pixel-tailor', ['the port']]]);
});

test('preload exposes exactly one function', () => {
  expect([...world.exposed.keys()]).toEqual(['pixelTailor']);
  expect(Object.keys(world.exposed.get('pixelTailor')!)).toEqual(['tokensOf']);
});

test('dropped files become tokens; a file without a path is left out', async () => {
  const { tokensOf } = world.exposed.get('pixelTailor') as unknown as Desktop;
  const files = [{ path: '/photos/a.jpg' }, { path: '' }] as unknown as File[];
  expect(await tokensOf(files)).toEqual(['a source']);
  expect(world.renderer.invoked).toEqual([['drop', ['/photos/a.jpg']]]);
});
