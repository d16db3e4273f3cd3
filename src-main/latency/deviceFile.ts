import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { dependencies, version } from '../../package.json';
import { placeFile } from '../image/placeFile';
import { testedDeviceSchema, type TestedDevice } from '../shared/results';
import { possibleDevices, processorName } from './devices';
import { driverStamp } from './drivers';

const fileSchema = z.object({
  key: z.string(),
  /** When the tests were made, in milliseconds. */
  at: z.number(),
  devices: z.array(testedDeviceSchema),
});

/** For so many milliseconds it counts that a device did not answer in time: the machine may only have been busy. */
const lateCounts = 3_600_000;

/** What self-tests depend on: with another version, runtime, driver or processor they are made anew. */
const testKey = (): string =>
  [
    ...[version, `onnxruntime ${dependencies['onnxruntime-node']}`, processorName(), driverStamp()],
    ...possibleDevices().map(({ id }) => id),
  ].join(' | ');

const devicesPath = (folder: string): string => join(folder, 'devices.json');

/** The devices as they were tested last; undefined where they are to be tested anew. */
export async function loadDevices(folder: string): Promise<TestedDevice[] | undefined> {
  try {
    const { key, at, devices } = fileSchema.parse(JSON.parse(await readFile(devicesPath(folder), 'utf8')));
    const counts = Date.now() - at < lateCounts || !devices.some(({ late }) => late);
    return counts && key === testKey() ? devices : undefined;
  } catch {
    return undefined;
  }
}

export async function saveDevices(folder: string, devices: readonly TestedDevice[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const bytes = Buffer.from(JSON.stringify({ key: testKey(), at: Date.now(), devices }));
  await placeFile(devicesPath(folder), bytes, { overwrite: true });
}

/** Notes that a device failed after all, so that whatever is chosen next is another one. */
export async function distrustDevice(folder: string, id: string, reason: string): Promise<void> {
  const devices = await loadDevices(folder);
  if (!devices) return;
  const noted = devices.map((device) => (device.id === id ? { ...device, ok: false, reason } : device));
  await saveDevices(folder, noted);
}

/** Has all devices tested again before one is chosen. */
export const forgetDevices = (folder: string): Promise<void> => rm(devicesPath(folder), { force: true });
