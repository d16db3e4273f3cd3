import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { WebSocketServer } from 'ws';
import { UserError } from '../base/errors';
import { failureOf } from '../shared/failure';
import { serveScreen } from '../shared/rpc';
import type { Host } from './host';
import { Inbox } from './inbox';
import { contentPolicy, readStatic } from './staticFiles';

export interface ServerOptions {
  host: Host;
  /** Where the page's built files are. */
  page: string;
  home: string;
  port: number;
}

const loopback = '127.0.0.1';

/**
 * The app in a browser, on the loopback address only. Whoever has the URL's one-time key gets a cookie; without it
 * nothing is answered, nor are pages of other origins.
 */
export class AppServer {
  private readonly server: Server;
  private readonly sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 2 ** 20 });
  private readonly inbox: Inbox;
  private readonly session = randomBytes(24).toString('base64url');
  /** Undefined once it has been used. */
  private key: string | undefined = randomBytes(24).toString('base64url');

  private constructor(private readonly options: ServerOptions) {
    this.inbox = new Inbox(options.home, options.host);
    this.server = createServer((request, response) => {
      this.answer(request, response).catch(() => response.destroy());
    });
    this.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.upgrade(request, socket, head);
    });
  }

  static async start(options: ServerOptions): Promise<AppServer> {
    const app = new AppServer(options);
    await new Promise<void>((resolve, reject) => {
      app.server.once('error', (error: NodeJS.ErrnoException) => {
        const busy = error.code === 'EADDRINUSE' || error.code === 'EACCES';
        reject(
          busy
            ? new UserError(`Port ${options.port} cannot be used. Choose another --port, or 0 for any.`)
            : error,
        );
      });
      app.server.listen(options.port, loopback, resolve);
    });
    await app.inbox.tidy();
    return app;
  }

  /** With the one-time key: for one browser. */
  get url(): string {
    return `${this.origin}/?key=${this.key ?? ''}`;
  }

  async close(): Promise<void> {
    for (const client of this.sockets.clients) client.terminate();
    this.server.closeAllConnections();
    this.server.close();
    await this.inbox.clear();
  }

  private get origin(): string {
    return `http://${loopback}:${this.port}`;
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Browsers keep cookies by host alone: another `serve` is told apart by its port. */
  private get cookieName(): string {
    return `pixel-tailor-${this.port}`;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    response.setHeader('Content-Security-Policy', contentPolicy);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (!this.isOwnHost(request)) refuse(response, 403, 'This address is not served.');
    else if (url.pathname === '/' && url.searchParams.has('key')) this.admit(url, request, response);
    else if (!this.isAdmitted(request)) refuse(response, 401, 'Open the address that `serve` printed last.');
    else if (request.method === 'PUT' && url.pathname.startsWith('/inbox/'))
      await this.receive(url, request, response);
    else if (request.method !== 'GET') refuse(response, 405, 'Only GET is answered here.');
    else if (url.pathname.startsWith('/file/')) await this.download(url, response);
    else await this.show(url, response);
  }

  private async show(url: URL, response: ServerResponse): Promise<void> {
    const isPicture = url.pathname.startsWith('/picture/');
    const { status, type, bytes } = isPicture
      ? await this.options.host.picture(url)
      : await readStatic(this.options.page, url.pathname);
    response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(bytes);
  }

  /** Turns the one-time key into a cookie that scripts cannot read and other sites cannot send. */
  private admit(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const admitted = this.isAdmitted(request);
    if (!admitted && !isSame(url.searchParams.get('key') ?? '', this.key)) {
      refuse(response, 401, 'This address was used already. Start `serve` again for a new one.');
      return;
    }
    if (!admitted) this.key = undefined;
    const cookie = `${this.cookieName}=${this.session}; HttpOnly; SameSite=Strict; Path=/`;
    response.writeHead(303, { Location: '/', 'Set-Cookie': cookie }).end();
  }

  /** A name that another site has pointed at this address (DNS rebinding) is not ours. */
  private isOwnHost({ headers }: IncomingMessage): boolean {
    return headers.host === `${loopback}:${this.port}` || headers.host === `localhost:${this.port}`;
  }

  private isAdmitted({ headers }: IncomingMessage): boolean {
    const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim().split('='));
    return cookies.some(([name, value]) => name === this.cookieName && isSame(value ?? '', this.session));
  }

  private isOwnOrigin({ headers }: IncomingMessage): boolean {
    return headers.origin === `http://${headers.host ?? ''}`;
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    // Nobody else listens from here on, and an error that nobody hears ends the process.
    socket.on('error', () => socket.destroy());
    const mayEnter = this.isOwnHost(request) && this.isOwnOrigin(request) && this.isAdmitted(request);
    if (!mayEnter || request.url !== '/line') {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (line) => {
      const tell = serveScreen(this.options.host.api, {
        post: (text) => {
          line.send(text);
        },
        onText: (listener) => {
          line.on('message', (data: Buffer) => {
            listener(data.toString('utf8'));
          });
        },
      });
      line.once('close', this.options.host.onEvent(tell));
      line.on('error', () => {
        line.terminate();
      });
    });
  }

  private async receive(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.isOwnOrigin(request)) {
      refuse(response, 403, 'Only the app itself may send files.');
      return;
    }
    try {
      const [drop = '', ...parts] = url.pathname.slice('/inbox/'.length).split('/').map(decodeURIComponent);
      const source = await this.inbox.receive(drop, parts, request);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(source));
    } catch (error) {
      refuse(response, 400, failureOf(error).message);
    }
  }

  /** A finished photo, to be kept by a browser that may be on another machine behind a tunnel. */
  private async download(url: URL, response: ServerResponse): Promise<void> {
    try {
      const path = this.options.host.tokens.readable(url.pathname.slice('/file/'.length));
      const name = encodeURIComponent(basename(path));
      response.writeHead(200, {
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': `attachment; filename*=UTF-8''${name}`,
      });
      await pipeline(createReadStream(path), response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else refuse(response, 404, failureOf(error).message);
    }
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
}

function isSame(given: string, expected: string | undefined): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected ?? '')];
  return b.length > 0 && a.length === b.length && timingSafeEqual(a, b);
}
