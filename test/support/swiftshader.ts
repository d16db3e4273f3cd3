import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

// SwiftShader is a GPU that the processor plays, a Vulkan driver: it ships inside the npm package of the test's browser,
// for Linux on x64.

/** Of the archive's files those that Vulkan needs: the others would stand in for the system's OpenGL. */
const files = ['libvk_swiftshader.so', 'libvulkan.so.1', 'vk_swiftshader_icd.json'];

const archive = join(
  dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
  ...['..', '..', 'bin', 'swiftshader.tar.br'],
);

export const hasSwiftShader = process.platform === 'linux' && process.arch === 'x64' && existsSync(archive);

/** What a process must have in its environment from its start to find the driver; unpacks it where it is not yet. */
export function swiftShader(): Record<string, string> {
  const folder = join(tmpdir(), 'pixel-tailor-swiftshader');
  if (!existsSync(folder)) {
    const own = `${folder}-${process.pid}`;
    mkdirSync(own, { recursive: true });
    execFileSync('tar', ['-x', '-C', own, ...files], {
      input: brotliDecompressSync(readFileSync(archive)),
    });
    renameSync(own, folder);
  }
  return { LD_LIBRARY_PATH: folder, VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json') };
}
