import { existsSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { readRecord, type RunRecord } from '../../src-main/train/record';
import { makeHome, RunningCli, runCli, workplace, type Line } from '../support/builtCli';
import { writePhotos } from '../support/photoFiles';

// A search that is stopped in whatever way goes on as if it had not been: every run here is compared with one that
// nobody disturbed.

const at = workplace();
const args = ['search', '--photos', at('photos'), '--steps', '40', '--name', 'lisbon'];
const record = (home: string): Promise<RunRecord> => readRecord(at(home, 'models', 'lisbon.onnx'));
const start = async (home: string): Promise<RunningCli> => new RunningCli(await makeHome(at(home)), args);

let undisturbed: RunRecord;
beforeAll(async () => {
  await writePhotos(at('photos'), 6);
  await makeHome(at('undisturbed'));
  expect(await runCli(at('undisturbed'), args)).toMatchObject({ code: 0 });
  undisturbed = await record('undisturbed');
}, 120_000);

const stepOf = ({ data }: Line): number => (data?.['step'] as number | undefined) ?? 0;
const reaches = (step: number) => (line: Line) => stepOf(line) >= step;
/** The first step that a command told of. */
const firstStep = (lines: Line[]): number => stepOf(lines.find(reaches(1))!);

async function expectUndisturbed(home: string): Promise<void> {
  const { history, candidates, card, refinement } = await record(home);
  const places = ({ history: points }: Pick<RunRecord, 'history'>) =>
    points.map(({ stage, step }) => [stage, step]);
  expect(places({ history })).toEqual(places(undisturbed));
  const apart = history.map(({ loss }, i) => Math.abs(loss - undisturbed.history[i]!.loss));
  expect(Math.max(...apart)).toBeLessThanOrEqual(1e-6);
  expect(candidates).toEqual(undisturbed.candidates);
  expect(refinement).toEqual(undisturbed.refinement);
  expect(card.genotype).toBe(undisturbed.card.genotype);
  expect(card.steps).toBe(40);
}

test('killed with -9 in the search and again in the training, the same command ends in the same model', async () => {
  const searching = await start('killed');
  await searching.until(reaches(6));
  const first = await searching.signalAll('SIGKILL');
  expect(first.code).toBe(null);
  expect(existsSync(at('killed', 'models', 'lisbon.onnx'))).toBe(false);

  const training = new RunningCli(at('killed'), args);
  await training.until(reaches(25));
  const second = await training.signalAll('SIGKILL');
  expect(firstStep(second.lines)).toBeGreaterThanOrEqual(6);

  const last = await runCli(at('killed'), args);
  expect(last).toMatchObject({ code: 0, last: { event: 'done' } });
  expect(firstStep(last.lines)).toBeGreaterThanOrEqual(25);
  await expectUndisturbed('killed');
}, 120_000);

test('Ctrl-C ends a search within two seconds, and so it does while the model is timed; both resume', async () => {
  const searching = await start('cancelled');
  await searching.until(reaches(4));
  const [engine] = searching.engines();
  const first = await searching.signalAll('SIGINT');
  expect(first).toMatchObject({ code: 130, last: { event: 'error', message: 'Cancelled.', exitCode: 130 } });
  expect(first.milliseconds).toBeLessThan(2000);
  expect(() => process.kill(engine!, 0)).toThrow('ESRCH');

  const timing = new RunningCli(at('cancelled'), args);
  await timing.until(({ phase }) => phase === 'timing and checking the model');
  const second = await timing.signalAll('SIGINT');
  expect(second).toMatchObject({ code: 130, last: { event: 'error', exitCode: 130 } });
  expect(second.milliseconds).toBeLessThan(2000);
  expect(existsSync(at('cancelled', 'models', 'lisbon.onnx'))).toBe(false);

  expect(await runCli(at('cancelled'), args)).toMatchObject({ code: 0, last: { event: 'done' } });
  await expectUndisturbed('cancelled');
}, 120_000);

test('an engine that is killed is started again and the search ends well', async () => {
  const running = await start('restarted');
  await running.until(reaches(8));
  process.kill(running.engines()[0]!, 'SIGKILL');
  const { code, lines, last } = await running.ended;
  expect({ code, event: last?.event }).toEqual({ code: 0, event: 'done' });
  const told = lines.find(({ phase }) => phase === 'restarting');
  expect(told?.message).toMatch(/^The engine was killed by SIGKILL.*; starting it again \(1 of 2\)\.$/);
  expect(running.engines()).toHaveLength(2);
  await expectUndisturbed('restarted');
}, 120_000);
