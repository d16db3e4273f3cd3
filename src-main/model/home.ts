import envPaths from 'env-paths';
import { resolve } from 'node:path';

/**
 * The folder below which Pixel Tailor keeps everything between runs: `PIXEL_TAILOR_HOME`, or the platform's application
 * data folder. It need not exist yet.
 */
export function homeFolder(): string {
  const home = process.env['PIXEL_TAILOR_HOME'];
  return home ? resolve(home) : envPaths('pixel-tailor', { suffix: '' }).data;
}
