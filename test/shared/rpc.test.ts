import { expect, test, vi } from 'vitest';
import { UserError } from '../../src-main/base/errors';
import type { AppEvent, HostApi } from '../../src-main/shared/api';
import { connectScreen, serveScreen, type Line } from '../../src-main/shared/rpc';

/** Both ends of a line of text. */
function lines(): [Line, Line] {
  const listeners: ((text: string) => void)[][] = [[], []];
  const end = (own: number): Line => ({
    post: (text) => {
      queueMicrotask(() => {
        for (const listener of listeners[1 - own]!) listener(text);
      });
    },
    onText: (listener) => {
      listeners[own]!.push(listener);
    },
  });
  return [end(0), end(1)];
}

function connected(api: Partial<HostApi>) {
  const [host, screen] = lines();
  const events: AppEvent[] = [];
  const tell = serveScreen(api as HostApi, host);
  return { api: connectScreen(screen, (event) => events.push(event)), tell, events, raw: screen };
}

test('a call arrives checked and its answer comes back', async () => {
  const cancel = vi.fn(() => ({}));
  const { api } = connected({ cancel });
  await expect(api.cancel({ id: 'seven', more: 'dropped' } as { id: string })).resolves.toEqual({});
  expect(cancel).toHaveBeenCalledWith({ id: 'seven' });
});

test('parameters that do not fit never reach the host', async () => {
  const cancel = vi.fn(() => ({}));
  const { api } = connected({ cancel });
  await expect(api.cancel({ id: 7 } as never)).rejects.toThrow();
  expect(cancel).not.toHaveBeenCalled();
});

test.each(['constructor', '__proto__', 'toString', 'quit'])('there is no call %s', async (name) => {
  const [host, screen] = lines();
  serveScreen({} as HostApi, host);
  const answers: string[] = [];
  screen.onText((text) => answers.push(text));
  screen.post(JSON.stringify({ t: 'q', i: '1', m: 'call', a: [name, {}] }));
  await expect.poll(() => answers[0]).toContain(`there is no call ${name}`);
});

test('a failure comes back as the sentence that the command line would tell', async () => {
  const { api } = connected({
    log: () => {
      throw new UserError('The log is full. Empty it.');
    },
  });
  await expect(api.log({})).rejects.toMatchObject({
    message: 'The log is full. Empty it.',
    failure: { exitCode: 2 },
  });
});

test('an answer that is not what was agreed is refused by the screen', async () => {
  const { api } = connected({ log: () => ({ text: 7 }) as never });
  await expect(api.log({})).rejects.toThrow();
});

test('events arrive in their order', async () => {
  const { tell, events } = connected({});
  tell({ event: 'models' });
  tell({ event: 'forgotten', id: 'a' });
  await expect.poll(() => events).toEqual([{ event: 'models' }, { event: 'forgotten', id: 'a' }]);
});
