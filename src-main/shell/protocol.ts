import { protocol } from 'electron';
import type { Picture } from '../app/pictures';
import { contentPolicy, readStatic } from '../app/staticFiles';
import { pageOrigin } from '../shared/desktop';

const scheme = new URL(pageOrigin).protocol.slice(0, -1);

/** Makes the app's scheme one with an origin, so that 'self' means something. To be called before the app is ready. */
export function registerScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, stream: true };
  protocol.registerSchemesAsPrivileged([{ scheme, privileges }]);
}

export interface Pages {
  /** The folder of the built screens. */
  folder: string;
  /** The picture that a URL like "app://pixel-tailor/picture/TOKEN?side=96" stands for; see the host. */
  picture: (url: URL) => Promise<Picture>;
}

const fixedHeaders = { 'Content-Security-Policy': contentPolicy, 'X-Content-Type-Options': 'nosniff' };

/** Serves the built screens and pictures by token under the app's scheme, and nothing else. */
export function servePages({ folder, picture }: Pages): void {
  protocol.handle(scheme, async (request) => {
    const url = new URL(request.url);
    if (request.method !== 'GET' || `${url.protocol}//${url.host}` !== pageOrigin)
      return new Response(null, { status: 404, headers: fixedHeaders });
    const isPicture = url.pathname.startsWith('/picture/');
    const { status, type, bytes } = await (isPicture ? picture(url) : readStatic(folder, url.pathname));
    const headers = { ...fixedHeaders, 'Content-Type': type, 'Cache-Control': 'no-store' };
    return new Response(bytes, { status, headers });
  });
}
