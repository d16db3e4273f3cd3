import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { driverFiles, driverStamp } from '../../src-main/latency/drivers';
import { temporaryFolder } from '../image/samples';

const root = temporaryFolder();
const at = (...parts: string[]): string => join(root, ...parts);

/** An environment without anything of this machine's own. */
const bare = { XDG_CONFIG_HOME: at('none'), XDG_CONFIG_DIRS: at('none'), XDG_DATA_HOME: at('none') };

test('under Linux a GPU has a manifest where Vulkan looks for it', () => {
  const env = { ...bare, XDG_DATA_DIRS: `${at('none')}:${at('share')}` };
  const before = driverFiles('linux', env);
  const manifest = at('share', 'vulkan', 'icd.d', 'card.json');
  mkdirSync(at('share', 'vulkan', 'icd.d'), { recursive: true });
  writeFileSync(manifest, '{}');
  expect(driverFiles('linux', env)).toEqual([...before, manifest]);
});

test('manifests that are named take the place of all others', () => {
  expect(driverFiles('linux', { ...bare, VK_ICD_FILENAMES: '/a.json:/b.json' })).toEqual([
    '/a.json',
    '/b.json',
  ]);
});

test('another driver, or another choice among GPUs, changes the stamp', () => {
  const driver = at('driver.json');
  writeFileSync(driver, '{}');
  const env = { VK_DRIVER_FILES: driver };
  const stamp = driverStamp('linux', env);
  expect(driverStamp('linux', env)).toBe(stamp);
  expect(driverStamp('linux', { ...env, DRI_PRIME: '1' })).not.toBe(stamp);
  utimesSync(driver, 0, 1000);
  expect(driverStamp('linux', env)).not.toBe(stamp);
});
