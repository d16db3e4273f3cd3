import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { Host } from '../../src-main/app/host';
import { Inbox } from '../../src-main/app/inbox';
import { temporaryFolder } from '../image/samples';
import { memoryEngines } from '../support/memoryEngine';

const root = temporaryFolder();
let cases = 0;

/** Runs of the app that follow one another in one home. */
function place() {
  const home = join(root, `case ${++cases}`);
  const inboxes = join(home, 'inbox');
  return {
    inboxes,
    begin: async () => {
      const host = new Host({ home, startEngine: memoryEngines().start, out: join(home, 'out') });
      const inbox = new Inbox(home, host);
      await inbox.tidy();
      return { host, inbox };
    },
  };
}

const drop = (inbox: Inbox) => inbox.receive('drop', ['a.jpg'], Readable.from(['a photo']));

/** Begins a batch of one photo. */
function upscale(host: Host, photo: string) {
  const options = { model: 'lisbon', naming: '{name}', overwrite: false, quality: 95 };
  return host.api.upscale({ ...options, photos: [photo], out: photo });
}

test('what was dropped is removed at the end', async () => {
  const { begin, inboxes } = place();
  const { inbox } = await begin();
  await drop(inbox);
  expect(readdirSync(inboxes)).toHaveLength(1);
  await inbox.clear();
  expect(readdirSync(inboxes)).toEqual([]);
});

test('photos of a batch that can be gone on with stay until a start that has no such batch', async () => {
  const { begin, inboxes } = place();
  const first = await begin();
  const { token } = await drop(first.inbox);
  await upscale(first.host, token);
  await first.inbox.clear();
  await first.host.close();

  const second = await begin();
  const { jobs } = await second.host.api.hello({});
  expect(jobs).toMatchObject([{ kind: 'upscale', state: 'paused' }]);
  await second.host.api.cancel({ id: jobs[0]!.id });
  await second.inbox.clear();
  await second.host.close();
  expect(readdirSync(inboxes)).toHaveLength(1);

  await begin();
  expect(readdirSync(inboxes)).toEqual([]);
});

test('what runs of the app left that were killed is removed at the next start; those that run keep theirs', async () => {
  const { begin, inboxes } = place();
  for (const name of ['run-abcdef', 'run-999999999-abcdef', `run-${process.ppid}-abcdef`])
    mkdirSync(join(inboxes, name), { recursive: true });
  await begin();
  expect(readdirSync(inboxes)).toEqual([`run-${process.ppid}-abcdef`]);
});
