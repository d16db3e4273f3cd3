import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadDevices, saveDevices } from '../../src-main/latency/deviceFile';
import { possibleDevices, processor, type Device } from '../../src-main/latency/devices';
import { homePath } from '../../src-main/model/library';
import type { Progress } from '../../src-main/shared/progress';
import type { TestedDevice } from '../../src-main/shared/results';
import { chooseDevice, testDevices } from '../../src-main/train/chooseDevice';

const seen: Progress[] = [];
const context = {
  signal: new AbortController().signal,
  onProgress: (progress: Progress) => void seen.push(progress),
};

const gpu: Device = { id: 'gpu', name: 'GPU (WebGPU)', provider: 'webgpu' };
const directml: Device = { id: 'directml', name: 'GPU (DirectML)', provider: 'dml' };
const coreml: Device = { id: 'coreml', name: 'GPU (Core ML)', provider: 'coreml' };
const cuda: Device = { id: 'cuda', name: 'GPU (CUDA)', provider: 'cuda' };

/** Processes that must not be started. */
const none = { entry: '/nowhere' };

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'pixel-tailor-'));
  vi.stubEnv('PIXEL_TAILOR_HOME', home);
  seen.length = 0;
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

test('devices that fail are refused with their reason, and remembered', async () => {
  const entry = resolve(import.meta.dirname, '../support/failingDevices.mjs');
  await writeFile(join(home, 'nvidia-smi'), '#!/bin/sh\necho "NVIDIA H100"', { mode: 0o755 });
  vi.stubEnv('PATH', home);
  const possible = [processor(), gpu, directml, coreml, cuda];
  const tested = await testDevices(context, { possible, entry });
  expect(tested).toEqual([
    expect.objectContaining({ id: 'cpu', ok: true }),
    expect.objectContaining({
      id: 'gpu',
      ok: false,
      reason: expect.stringContaining('wrong pictures') as string,
    }),
    expect.objectContaining({
      ...{ id: 'directml', ok: false, reason: 'it did not answer within 5 seconds', late: true },
    }),
    expect.objectContaining({
      ...{ id: 'cuda', name: 'NVIDIA H100', ok: false },
      reason: expect.stringContaining('SIGABRT') as string,
    }),
  ]);
  const names = [processor(), gpu, directml, coreml].map(({ name }) => name);
  expect(seen.map(({ message }) => message)).toEqual([...names, 'NVIDIA H100']);

  const again = { possible, ...none };
  expect(await chooseDevice('auto', 'training', context, again)).toEqual(processor());
  await expect(chooseDevice('gpu', 'inference', context, again)).rejects.toThrow(
    /^The device gpu \(GPU \(WebGPU\)\) cannot be used: it computes wrong .*\. Choose auto, cpu for --device\.$/,
  );
  await expect(chooseDevice('coreml', 'inference', context, again)).rejects.toThrow('choose auto, cpu');
});

const passed = (device: Device, tileMs: number | null, stepMs: number | null): TestedDevice => ({
  ...device,
  ...{ ok: true, gflops: 1, tileMs, stepMs },
});

test('the fastest that passed is chosen for what is to be done, and any other by hand', async () => {
  const card = { ...gpu, name: 'A card' };
  const devices = [passed(processor(), 30, 40), passed(card, 50, 20), passed(coreml, 10, null)];
  await saveDevices(homePath('latency'), devices);
  const options = { possible: [processor(), gpu, coreml], ...none };
  expect(await chooseDevice('auto', 'inference', context, options)).toEqual(coreml);
  expect(await chooseDevice('auto', 'training', context, options)).toEqual(card);
  expect(await chooseDevice('gpu', 'inference', context, options)).toEqual(card);
  await expect(chooseDevice('coreml', 'training', context, options)).rejects.toThrow('it cannot train');
});

test('TensorFlow, which knows no networks but ours, is for training', async () => {
  const tensorflow: Device = { id: 'tensorflow', name: 'GPU (TensorFlow)', provider: 'tensorflow' };
  await saveDevices(homePath('latency'), [passed(processor(), 30, 40), passed(tensorflow, 10, 10)]);
  const options = { possible: [processor(), tensorflow], ...none };
  expect(await chooseDevice('auto', 'inference', context, options)).toEqual(processor());
  expect(await chooseDevice('auto', 'search', context, options)).toEqual(processor());
  expect(await chooseDevice('auto', 'training', context, options)).toEqual(tensorflow);
  for (const use of ['inference', 'search'] as const)
    await expect(chooseDevice('tensorflow', use, context, options)).rejects.toThrow('for training only');
});

test('a device too slow to be timed is used only when asked for', async () => {
  await saveDevices(homePath('latency'), [passed(processor(), 30, 40), passed(gpu, null, null)]);
  const options = { possible: [processor(), gpu], ...none };
  expect(await chooseDevice('auto', 'inference', context, options)).toEqual(processor());
  expect(await chooseDevice('gpu', 'training', context, options)).toEqual(gpu);
});

test('where there is only the processor nothing is tried', async () => {
  const options = { possible: [processor()], ...none };
  expect(await chooseDevice('auto', 'training', context, options)).toEqual(processor());
  expect(seen).toEqual([]);
});

test('what did not answer in time, perhaps since the machine was busy, is tested again after an hour', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const folder = homePath('latency');
  const late = { ...passed(gpu, null, null), ok: false, reason: 'it did not answer within 5 seconds' };
  const remembered = async (device: TestedDevice, minutes: number): Promise<boolean> => {
    await saveDevices(folder, [passed(processor(), 30, 40), device]);
    vi.setSystemTime(Date.now() + minutes * 60_000);
    return (await loadDevices(folder)) !== undefined;
  };
  expect(await remembered({ ...late, late: true }, 59)).toBe(true);
  expect(await remembered({ ...late, late: true }, 61)).toBe(false);
  expect(await remembered({ ...late, reason: 'it computes wrong pictures' }, 60 * 24 * 365)).toBe(true);
  vi.useRealTimers();
});

test('an unknown device is refused with the known ones', async () => {
  const ids = possibleDevices().map(({ id }) => id);
  await expect(chooseDevice('tpu', 'inference', context, none)).rejects.toThrow(
    `There is no device "tpu" for --device here: choose auto, ${ids.join(', ')}.`,
  );
});
