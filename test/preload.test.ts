import { afterEach, expect, test, vi } from 'vitest';
import { world } from './support/fakeElectron';

vi.mock('electron', async () => (await import('./support/fakeElectron')).electron);
afterEach(() => vi.unstubAllGlobals());

test('preload passes the port on, once, and nothing else', async () => {
  const postMessage = vi.fn();
  vi.stubGlobal('window', { postMessage });
  await import('../src-main/preload');
  expect(world.renderer.eventNames()).toEqual(['engine']);
  world.renderer.emit('engine', { ports: ['the port'] });
  world.renderer.emit('engine', { ports: ['another'] });
  expect(postMessage.mock.calls).toEqual([['engine', '*', ['the port']]]);
});
