import { expect, test } from 'vitest';
import { Desk } from '../../src-main/app/desk';
import { memoryEngines } from '../support/memoryEngine';

test('answers and refusals find their questions, in any order', async () => {
  const { engines, start } = memoryEngines();
  const desk = new Desk(start);
  const [first, second] = [desk.ask('models', {}), desk.ask('headers', { paths: [] })];
  engines[0]!.say({ event: 'refusal', id: 1, message: 'No.', exitCode: 2 });
  engines[0]!.say({ event: 'answer', id: 0, output: { models: [] } });
  await expect(second).rejects.toThrow('No.');
  await expect(first).resolves.toEqual({ models: [] });
  expect(engines).toHaveLength(1);
  desk.close();
});

test('an engine that dies of a question is started again for the next one', async () => {
  const { engines, start } = memoryEngines();
  const desk = new Desk(start);
  const asked = desk.ask('thumbnail', {});
  engines[0]!.die('was killed by SIGSEGV');
  await expect(asked).rejects.toThrow('The engine was killed by SIGSEGV. Try again.');
  const again = desk.ask('thumbnail', {});
  engines[1]!.say({ event: 'answer', id: 1, output: 7 });
  await expect(again).resolves.toBe(7);
  desk.close();
});

test('an engine that hangs or talks nonsense is ended', async () => {
  const { engines, start } = memoryEngines();
  const desk = new Desk(start, 30);
  await expect(desk.ask('region', {})).rejects.toThrow('was killed');
  const asked = desk.ask('region', {});
  engines[1]!.say('nonsense');
  await expect(asked).rejects.toThrow('was killed');
  desk.close();
});
