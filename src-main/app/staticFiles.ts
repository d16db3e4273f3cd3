import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { isWithin } from './browse';
import type { Picture } from './pictures';

const types: Partial<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Nothing from elsewhere, nothing inline: pictures, styles and scripts are the app's own. */
export const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** One of the page's own files by its URL path, decoded once; what lies outside of the folder is not there. */
export async function readStatic(folder: string, pathname: string): Promise<Picture> {
  const missing = {
    status: 404,
    type: 'text/plain; charset=utf-8',
    bytes: new TextEncoder().encode('Not found'),
  };
  let name: string;
  try {
    name = decodeURIComponent(pathname);
  } catch {
    return missing;
  }
  const path = join(folder, name === '/' ? 'index.html' : name);
  const type = types[extname(path)];
  if (type === undefined || name.includes('\0') || !isWithin(path, folder)) return missing;
  return readFile(path).then(
    (bytes) => ({ status: 200, type, bytes }),
    () => missing,
  );
}
