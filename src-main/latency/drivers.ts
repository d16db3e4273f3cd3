import { readdirSync, statSync } from 'node:fs';
import { homedir, release } from 'node:os';
import { join } from 'node:path';

// What says, within a millisecond and without loading anything, that a machine has another GPU or driver than it had.

/** Variables by which a GPU is chosen or hidden from outside. */
const choosing = ['VK_LOADER_DEVICE_SELECT', 'MESA_VK_DEVICE_SELECT', 'DRI_PRIME', 'CUDA_VISIBLE_DEVICES'];

/** Files that come and go with the drivers of GPUs. Under Linux there is no GPU for WebGPU where there are none. */
export function driverFiles(platform = process.platform, env = process.env): string[] {
  if (platform === 'linux') return vulkanManifests(env);
  // macOS brings its drivers, with a release of its own; Windows keeps all of them here.
  return platform === 'win32'
    ? [join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'DriverStore', 'FileRepository')]
    : [];
}

/** Changes with the drivers, the system and what is asked for from outside. */
export function driverStamp(platform = process.platform, env = process.env): string {
  const files = driverFiles(platform, env).map(
    (path) => `${path} ${statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0}`,
  );
  return [release(), ...files, ...choosing.map((name) => env[name] ?? '')].join(' | ');
}

/** Where Vulkan's loader looks for drivers. */
function vulkanManifests(env: NodeJS.ProcessEnv): string[] {
  const list = (name: string, usual = ''): string[] =>
    (env[name] || usual).split(':').filter((path) => path !== '');
  const instead = [...list('VK_DRIVER_FILES'), ...list('VK_ICD_FILENAMES')];
  if (instead.length > 0) return instead;
  const home = homedir();
  const folders = [
    ...list('XDG_CONFIG_HOME', join(home, '.config')),
    ...list('XDG_CONFIG_DIRS', '/etc/xdg'),
    '/etc',
    ...list('XDG_DATA_HOME', join(home, '.local/share')),
    ...list('XDG_DATA_DIRS', '/usr/local/share:/usr/share'),
  ];
  return [
    ...list('VK_ADD_DRIVER_FILES'),
    ...folders.flatMap((folder) => filesIn(join(folder, 'vulkan', 'icd.d'))),
  ];
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
