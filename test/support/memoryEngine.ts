import type { Request } from '../../src-main/shared/messages';
import type { EngineProcess } from '../../src-main/supervisor';

/** An engine in this process that a test plays: it sees the requests and answers them by hand. */
export class MemoryEngine implements EngineProcess {
  readonly requests: Request[] = [];
  private listener: (message: unknown) => void = () => undefined;
  private exited: (why: string) => void = () => undefined;
  killed = false;

  send = (request: Request): void => {
    this.requests.push(request);
    // Asked to stop, it stops politely.
    if (request.type === 'abort')
      queueMicrotask(() => {
        this.say({ event: 'error', message: 'Cancelled.', exitCode: 130 });
      });
  };
  kill = (): void => {
    if (this.killed) return;
    this.killed = true;
    queueMicrotask(() => {
      this.exited('was killed');
    });
  };
  onMessage = (listener: (message: unknown) => void): void => {
    this.listener = listener;
  };
  onExit = (listener: (why: string) => void): void => {
    this.exited = listener;
  };

  say(message: unknown): void {
    this.listener(message);
  }

  die(why = 'ended unexpectedly with code 1'): void {
    this.killed = true;
    this.exited(why);
  }
}

/** Starts engines of that kind and remembers them. */
export function memoryEngines(): { engines: MemoryEngine[]; start: () => MemoryEngine } {
  const engines: MemoryEngine[] = [];
  return {
    engines,
    start: () => {
      const engine = new MemoryEngine();
      engines.push(engine);
      return engine;
    },
  };
}
