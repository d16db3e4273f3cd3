import { beforeAll, expect, test } from 'vitest';
import { resultSchemas } from '../../src-main/shared/results';
import { makeHome, RunningCli, runCli, workplace } from '../support/builtCli';
import { checksums, writeModel, writePhotos } from '../support/photoFiles';

const at = workplace();
const names = Array.from({ length: 8 }, (_, i) => `photo ${i + 1}.png`);

beforeAll(async () => {
  await makeHome(at('home'));
  await writePhotos(at('photos'), names.length, { width: 900, height: 700 });
  await writeModel(at('home'), 'slow', { width: 48, cells: 6 });
  await writeModel(at('home'), 'quick');
}, 60_000);

test('Ctrl-C while photos are upscaled ends within two seconds and leaves whole files only; the rest can follow', async () => {
  const running = new RunningCli(at('home'), [
    ...['upscale', at('photos'), '--out', at('out'), '--model', 'slow'],
  ]);
  await running.until(({ data }) => data?.['file'] === 2 && !data['working']);
  const [engine] = running.engines();
  const { code, last, milliseconds } = await running.signalAll('SIGINT');
  expect({ code, last }).toMatchObject({ code: 130, last: { event: 'error', exitCode: 130 } });
  expect(milliseconds).toBeLessThan(2000);
  expect(() => process.kill(engine!, 0)).toThrow('ESRCH');

  const whole = checksums(at('out'));
  const finished = Object.keys(whole);
  expect(finished.length).toBeGreaterThan(0);
  expect(finished).toEqual(names.slice(0, finished.length));
  expect(finished.length).toBeLessThan(names.length);

  const again = await runCli(at('home'), ['upscale', at('photos'), '--out', at('out'), '--model', 'quick']);
  expect(again.code).toBe(0);
  expect(resultSchemas.upscale.parse(again.last).files.map(({ status }) => status)).toEqual(
    names.map((name) => (name in whole ? 'skipped' : 'done')),
  );
  expect(checksums(at('out'))).toMatchObject(whole);
  expect(Object.keys(checksums(at('out')))).toEqual(names);
});
