import { utilityProcess, type UtilityProcess } from 'electron';
import { timingCallSchema, type TimingNews } from '../latency/timingLine';

/**
 * The timing processes of one engine. The engine cannot start them itself: only the main process has utility processes,
 * and in the packaged app no process can run as plain Node.
 */
export class TimingProcesses {
  private readonly running = new Map<number, UtilityProcess>();

  constructor(
    private readonly engine: UtilityProcess,
    private readonly script: string,
  ) {}

  /** Does what the engine's message asks for, where it is about timing; returns whether it was. */
  take(message: unknown): boolean {
    const { success, data: call } = timingCallSchema.safeParse(message);
    if (!success) return false;
    if (call.do === 'start') this.start(call.id);
    else if (call.do === 'stop') this.running.get(call.id)?.kill();
    else this.running.get(call.id)?.postMessage(call.request);
    return true;
  }

  stopAll(): void {
    for (const child of this.running.values()) child.kill();
  }

  private start(id: number): void {
    const child = utilityProcess.fork(this.script, [], {
      serviceName: 'Pixel Tailor timing',
      stdio: 'ignore',
    });
    this.running.set(id, child);
    const tell = (news: TimingNews): void => {
      this.engine.postMessage(news);
    };
    child.on('message', (reply) => {
      tell({ type: 'timing', id, reply });
    });
    child.once('exit', (code) => {
      this.running.delete(id);
      tell({ type: 'timing', id, exit: `code ${code}` });
    });
  }
}
