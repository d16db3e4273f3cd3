import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { explainWriteError, placeFile } from '../image/placeFile';
import { builtPath } from '../model/library';
import type { Report } from '../shared/report';

/**
 * Writes the report of a model as one page that needs no other file, `index.html` in `folder`, replacing an older one.
 * @returns the page's path. UserError where the folder cannot be written.
 */
export async function writeReport(folder: string, report: Report): Promise<string> {
  const path = join(folder, 'index.html');
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw explainWriteError(path, error);
  });
  await placeFile(path, Buffer.from(reportPage(report)), { overwrite: true });
  return path;
}

/**
 * The page as HTML text: the screens' own components, built to one script and one style sheet (see
 * `src-renderer/report.ts`), and what they are to show. The same report gives the same text.
 */
export function reportPage(report: Report): string {
  // A text that closes its own element would end it early.
  const script = built('report.js').replaceAll('</script', String.raw`<\/script`);
  const style = built('report.css');
  const data = JSON.stringify(report).replaceAll('<', String.raw`\u003c`);
  const policy = [
    "default-src 'none'",
    'img-src data:',
    `style-src '${digest(style)}'`,
    `script-src '${digest(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Pixel Tailor</title>
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<script type="application/json" id="report">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}

const built = (name: string): string => readFileSync(builtPath('renderer', name), 'utf8');

/** Nothing runs but the page's own script, nothing is fetched. */
const digest = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;
